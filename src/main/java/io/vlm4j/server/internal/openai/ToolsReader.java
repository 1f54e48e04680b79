package io.vlm4j.server.internal.openai;

import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.ToolChoice;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// `tools`, `tool_choice` and `parallel_tool_calls`, in the shapes of chat completions and of responses, which differ
/// in whether a function's fields stand in an object of their own.
final class ToolsReader {
    private static final int MOST_TOOLS = 128;
    private static final String NO_ARGUMENTS = "{\"type\":\"object\",\"properties\":{}}";

    private ToolsReader() {}

    /// @param nested whether fields stand in an object `function`
    static void read(Fields request, boolean nested, Services services, RenderOptions.Builder rendering) {
        List<ToolDefinition> tools = tools(request, nested);
        services.requireTools(tools, request.at("tools"));
        request.optionalFlag("parallel_tool_calls").ifPresent(rendering::parallelToolCalls);
        if (!request.has("tool_choice")) {
            rendering.tools(tools);
            return;
        }
        JsonNode choice = request.get("tool_choice");
        if (choice.isString()) {
            ToolChoice mode = mode(request, choice.stringValue());
            if (mode == ToolChoice.REQUIRED && tools.isEmpty()) {
                throw request.refused("tool_choice", "requires a tool, and there are none");
            }
            rendering.tools(tools).toolChoice(mode);
        } else {
            named(Fields.of(choice, request.at("tool_choice")), nested, tools, rendering);
        }
    }

    private static ToolChoice mode(Fields request, String name) {
        return switch (name) {
            case "auto" -> ToolChoice.AUTO;
            case "required", "any" -> ToolChoice.REQUIRED;
            case "none" -> ToolChoice.NONE;
            default -> throw request.refused("tool_choice", "must be auto, required or none, not '" + name + "'");
        };
    }

    /// One function that must be called, or some that may or must.
    private static void named(
            Fields choice, boolean nested, List<ToolDefinition> tools, RenderOptions.Builder rendering) {
        String type = choice.text("type");
        if (type.equals("function")) {
            Fields function = nested ? choice.requiredObject("function") : choice;
            String name = function.text("name");
            List<ToolDefinition> chosen =
                    tools.stream().filter(tool -> tool.name().equals(name)).toList();
            if (chosen.isEmpty()) {
                throw function.refused("name", "is '" + name + "', which is none of the tools");
            }
            rendering.tools(chosen).toolChoice(ToolChoice.REQUIRED);
        } else if (type.equals("allowed_tools")) {
            Fields allowed = nested ? choice.requiredObject("allowed_tools") : choice;
            Set<String> names = allowed.objects("tools").stream()
                    .map(tool -> (nested ? tool.requiredObject("function") : tool).text("name"))
                    .collect(Collectors.toSet());
            rendering
                    .tools(tools.stream()
                            .filter(tool -> names.contains(tool.name()))
                            .toList())
                    .toolChoice(mode(allowed, allowed.optionalText("mode").orElse("auto")));
        } else {
            throw choice.refused("type", "must be function or allowed_tools, not '" + type + "'");
        }
    }

    private static List<ToolDefinition> tools(Fields request, boolean nested) {
        List<ToolDefinition> tools = new ArrayList<>();
        List<Fields> given = request.objects("tools");
        if (given.size() > MOST_TOOLS) {
            throw request.refused("tools", "are " + given.size() + "; " + MOST_TOOLS + " are taken");
        }
        for (Fields tool : given) {
            String type = tool.optionalText("type").orElse("function");
            if (!type.equals("function")) {
                throw tool.refused("type", "must be function, not '" + type + "'");
            }
            tools.add(tool(nested ? tool.requiredObject("function") : tool));
        }
        return tools;
    }

    private static ToolDefinition tool(Fields function) {
        Optional<Fields> parameters = function.object("parameters");
        try {
            return new ToolDefinition(
                    function.text("name"),
                    function.optionalText("description").orElse(""),
                    parameters.map(schema -> Json.text(schema.node())).orElse(NO_ARGUMENTS));
        } catch (IllegalArgumentException e) {
            throw Fault.of(function.path(), function.path() + ": " + e.getMessage(), e);
        }
    }
}
