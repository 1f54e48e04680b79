package io.vlm4j.server.internal.anthropic;

import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolChoice;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import io.vlm4j.server.internal.media.RequestMedia;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The conversation and the tools of a request for a message.
final class MessagesReader {
    private static final int MOST_TOOLS = 128;

    private final RequestMedia media;
    private final List<ChatMessage> messages = new ArrayList<>();

    private MessagesReader(RequestMedia media) {
        this.media = media;
    }

    static List<ChatMessage> read(Fields request, RequestMedia media) {
        MessagesReader reader = new MessagesReader(media);
        if (request.has("system")) {
            reader.messages.add(new ChatMessage(Role.SYSTEM, reader.texts(request, "system")));
        }
        if (request.array("messages").isEmpty()) {
            throw request.has("messages")
                    ? request.refused("messages", "is empty")
                    : request.wrong("messages", "an array of messages");
        }
        request.objects("messages").forEach(reader::message);
        return reader.messages;
    }

    private List<Content> texts(Fields holder, String name) {
        if (holder.get(name).isString()) {
            return List.of(new Content.Text(holder.text(name)));
        }
        if (!holder.get(name).isArray()) {
            throw holder.wrong(name, "a string or an array of blocks");
        }
        List<Content> content = new ArrayList<>();
        for (Fields block : holder.objects(name)) {
            String type = block.text("type");
            content.add(
                    switch (type) {
                        case "text" -> new Content.Text(block.text("text"));
                        case "image" -> new Content.Image(image(block));
                        default -> throw block.refused("type", "must be text or image here, not '" + type + "'");
                    });
        }
        return content;
    }

    private io.vlm4j.media.ImageInput image(Fields block) {
        Fields source = block.requiredObject("source");
        String type = source.text("type");
        return switch (type) {
            case "base64" -> media.inline(source.text("data"), source.at("data"));
            case "url" -> media.picture(source.text("url"), source.at("url"));
            default -> throw source.refused("type", "must be base64 or url, not '" + type + "'");
        };
    }

    private void message(Fields message) {
        String role = message.text("role");
        if (role.equals("system")) {
            messages.add(new ChatMessage(Role.SYSTEM, texts(message, "content")));
            return;
        }
        if (!role.equals("user") && !role.equals("assistant")) {
            throw message.refused("role", "must be user, assistant or system, not '" + role + "'");
        }
        if (!message.get("content").isArray()) {
            List<Content> content = texts(message, "content");
            messages.add(new ChatMessage(role.equals("user") ? Role.USER : Role.ASSISTANT, content));
        } else if (role.equals("user")) {
            user(message.objects("content"));
        } else {
            assistant(message.objects("content"));
        }
    }

    /// Results of tools, which are messages of their own here, and what the user says after them.
    private void user(List<Fields> blocks) {
        List<Content> content = new ArrayList<>();
        for (Fields block : blocks) {
            String type = block.text("type");
            switch (type) {
                case "text" -> content.add(new Content.Text(block.text("text")));
                case "image" -> content.add(new Content.Image(image(block)));
                case "tool_result" -> {
                    List<Content> result = block.has("content") ? texts(block, "content") : List.of();
                    messages.add(new ChatMessage(
                            Role.TOOL,
                            result,
                            Optional.empty(),
                            List.of(),
                            Optional.of(block.text("tool_use_id")),
                            Optional.empty()));
                }
                default -> throw block.refused("type", "must be text, image or tool_result, not '" + type + "'");
            }
        }
        if (!content.isEmpty()) {
            messages.add(new ChatMessage(Role.USER, content));
        }
    }

    private void assistant(List<Fields> blocks) {
        List<Content> content = new ArrayList<>();
        List<ToolCall> calls = new ArrayList<>();
        StringBuilder thought = new StringBuilder();
        for (Fields block : blocks) {
            String type = block.text("type");
            switch (type) {
                case "text" -> content.add(new Content.Text(block.text("text")));
                case "thinking" -> thought.append(block.text("thinking"));
                case "redacted_thinking" -> {}
                case "tool_use" ->
                    calls.add(new ToolCall(
                            block.text("id"),
                            block.text("name"),
                            Json.text(block.requiredObject("input").node())));
                default -> throw block.refused("type", "must be text, thinking or tool_use, not '" + type + "'");
            }
        }
        messages.add(new ChatMessage(
                Role.ASSISTANT,
                content,
                Optional.of(thought.toString()).filter(text -> !text.isEmpty()),
                calls,
                Optional.empty(),
                Optional.empty()));
    }

    static void tools(Fields request, Services services, RenderOptions.Builder rendering) {
        List<ToolDefinition> tools = new ArrayList<>();
        List<Fields> given = request.objects("tools");
        if (given.size() > MOST_TOOLS) {
            throw request.refused("tools", "are " + given.size() + "; " + MOST_TOOLS + " are taken");
        }
        for (Fields tool : given) {
            String type = tool.optionalText("type").orElse("custom");
            if (!type.equals("custom")) {
                throw tool.refused("type", "must be custom, not '" + type + "'");
            }
            try {
                tools.add(new ToolDefinition(
                        tool.text("name"),
                        tool.optionalText("description").orElse(""),
                        Json.text(tool.requiredObject("input_schema").node())));
            } catch (IllegalArgumentException e) {
                throw Fault.of(tool.path(), tool.path() + ": " + e.getMessage(), e);
            }
        }
        services.requireTools(tools, request.at("tools"));
        rendering.tools(tools);
        request.object("tool_choice").ifPresent(choice -> choose(choice, tools, rendering));
    }

    private static void choose(Fields choice, List<ToolDefinition> tools, RenderOptions.Builder rendering) {
        if (choice.flag("disable_parallel_tool_use", false)) {
            rendering.parallelToolCalls(false);
        }
        String type = choice.text("type");
        switch (type) {
            case "auto" -> {}
            case "none" -> rendering.toolChoice(ToolChoice.NONE);
            case "any" -> rendering.toolChoice(ToolChoice.REQUIRED);
            case "tool" -> {
                String name = choice.text("name");
                List<ToolDefinition> chosen =
                        tools.stream().filter(tool -> tool.name().equals(name)).toList();
                if (chosen.isEmpty()) {
                    throw choice.refused("name", "is '" + name + "', which is none of the tools");
                }
                rendering.tools(chosen).toolChoice(ToolChoice.REQUIRED);
            }
            default -> throw choice.refused("type", "must be auto, any, tool or none, not '" + type + "'");
        }
    }
}
