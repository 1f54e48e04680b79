package io.vlm4j.server.internal.openai;

import io.vlm4j.prompt.ReasoningFormat;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What a request says of its answer's form and of the template.
final class FormatReader {
    private static final String ANY_OBJECT = "{\"type\":\"object\"}";
    private static final int MOST_ARGUMENTS = 64;

    private FormatReader() {}

    /// `response_format`, or llama-server's `json_schema`.
    static void response(Fields request, RenderOptions.Builder rendering) {
        if (request.has("response_format")) {
            format(request.requiredObject("response_format"), true, rendering);
        } else if (request.has("json_schema")) {
            rendering.jsonSchema(Json.text(request.requiredObject("json_schema").node()));
        }
    }

    /// @param nested whether a schema stands in an object `json_schema`
    static void format(Fields format, boolean nested, RenderOptions.Builder rendering) {
        String type = format.text("type");
        switch (type) {
            case "text" -> {}
            case "json_object" ->
                rendering.jsonSchema(format.object("schema")
                        .map(schema -> Json.text(schema.node()))
                        .orElse(ANY_OBJECT));
            case "json_schema" -> {
                Fields holder = nested ? format.requiredObject("json_schema") : format;
                rendering.jsonSchema(Json.text(holder.requiredObject("schema").node()));
            }
            default -> throw format.refused("type", "must be text, json_object or json_schema, not '" + type + "'");
        }
    }

    /// `reasoning_format`, `chat_template_kwargs`, and `reasoning_effort`, which templates may read as well.
    static void template(Fields request, ReasoningFormat otherwise, RenderOptions.Builder rendering) {
        rendering.reasoningFormat(request.optionalText("reasoning_format")
                .map(name -> reasoning(request, name))
                .orElse(otherwise));
        Map<String, String> arguments = new HashMap<>();
        Optional<Fields> given = request.object("chat_template_kwargs");
        given.ifPresent(fields -> {
            if (fields.node().size() > MOST_ARGUMENTS) {
                throw request.refused("chat_template_kwargs", "has more than " + MOST_ARGUMENTS + " values");
            }
            for (Map.Entry<String, JsonNode> argument : fields.node().properties()) {
                arguments.put(argument.getKey(), Json.text(argument.getValue()));
            }
        });
        Optional<String> effort = request.optionalText("reasoning_effort");
        effort.ifPresent(value -> arguments.put("reasoning_effort", Json.text(request.get("reasoning_effort"))));
        rendering
                .templateArguments(arguments)
                .enableThinking(given.map(fields -> fields.flag("enable_thinking", true))
                                .orElse(true)
                        && !effort.equals(Optional.of("none")));
    }

    private static ReasoningFormat reasoning(Fields request, String name) {
        return Arrays.stream(ReasoningFormat.values())
                .filter(format -> format.nativeName().equals(name))
                .findFirst()
                .orElseThrow(() -> request.refused(
                        "reasoning_format",
                        "must be "
                                + Arrays.stream(ReasoningFormat.values())
                                        .map(ReasoningFormat::nativeName)
                                        .collect(Collectors.joining(", "))
                                + ", not '" + name + "'"));
    }
}
