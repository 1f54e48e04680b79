package io.vlm4j.prompt.internal;

import io.vlm4j.media.Media;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.schema.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.util.RawValue;

/// The request that the shim's template engine takes (`vlm4j_chat_apply`): messages in OpenAI's shape and what
/// llama-server takes beside them.
final class RequestJson {
    private final Placeholders placeholders;
    private final Optional<ImagesFirst> imagesFirst;

    private RequestJson(Placeholders placeholders, Optional<ImagesFirst> imagesFirst) {
        this.placeholders = placeholders;
        this.imagesFirst = imagesFirst;
    }

    /// @param imagesFirst how the template writes pictures, if before texts
    static String of(
            List<ChatMessage> messages,
            RenderOptions options,
            Placeholders placeholders,
            Optional<ImagesFirst> imagesFirst) {
        RequestJson writer = new RequestJson(placeholders, imagesFirst);
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        ArrayNode list = request.putArray("messages");
        messages.forEach(message -> writer.message(message, list.addObject()));
        writer.options(options, request);
        return JsonText.MAPPER.writeValueAsString(request);
    }

    private void options(RenderOptions options, ObjectNode request) {
        request.put("add_generation_prompt", options.addGenerationPrompt());
        switch (options.continuation()) {
            case NONE -> {}
            case AUTO -> request.put("continue_final_message", true);
            case CONTENT -> request.put("continue_final_message", "content");
            case REASONING -> request.put("continue_final_message", "reasoning_content");
        }
        if (!options.tools().isEmpty()) {
            ArrayNode tools = request.putArray("tools");
            ToolLimits limits = new ToolLimits();
            options.tools().forEach(tool -> tool(tool, limits, tools.addObject()));
            request.put("tool_choice", options.toolChoice().name().toLowerCase(Locale.ROOT));
            options.parallelToolCalls().ifPresent(parallel -> request.put("parallel_tool_calls", parallel));
        }
        request.put("enable_thinking", options.enableThinking());
        request.put("reasoning_format", options.reasoningFormat().nativeName());
        options.jsonSchema()
                .map(JsonSchema::parse)
                .ifPresent(schema -> request.putRawValue("json_schema", new RawValue(schema.grammarJson())));
        options.grammar().ifPresent(grammar -> request.put("grammar", grammar));
        options.now().ifPresent(now -> request.put("now", now.getEpochSecond()));
        ObjectNode arguments = request.putObject("chat_template_kwargs");
        options.templateArguments().forEach((name, value) -> arguments.putRawValue(name, new RawValue(value)));
    }

    /// Descriptions may come from anywhere; names, types and values of a schema are the grammar's as well, and are
    /// the developer's.
    private void tool(ToolDefinition tool, ToolLimits limits, ObjectNode node) {
        ObjectNode function = node.put("type", "function").putObject("function");
        function.put("name", tool.name());
        function.put("description", placeholders.protect(tool.description()));
        JsonNode parameters = JsonText.MAPPER.readTree(tool.parameters());
        limits.add(tool.name(), tool.parameters(), parameters);
        if (new ProtectedJson(placeholders).descriptions(parameters)) {
            function.set("parameters", parameters);
        } else {
            function.putRawValue("parameters", new RawValue(tool.parameters()));
        }
    }

    private record Part(String type, String text) {}

    private void message(ChatMessage message, ObjectNode node) {
        node.put("role", message.role().templateName());
        content(parts(message.content()), message, node);
        message.reasoning().ifPresent(thought -> node.put("reasoning_content", placeholders.protect(thought)));
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = node.putArray("tool_calls");
            message.toolCalls().forEach(call -> call(call, calls.addObject()));
        }
        message.name().ifPresent(name -> node.put("name", placeholders.protect(name)));
        message.toolCallId().ifPresent(id -> node.put("tool_call_id", placeholders.protect(id)));
    }

    private static void content(List<Part> parts, ChatMessage message, ObjectNode node) {
        if (parts.isEmpty() && !message.toolCalls().isEmpty()) {
            node.putNull("content");
        } else if (parts.isEmpty()) {
            node.put("content", "");
        } else if (parts.size() == 1 && parts.getFirst().type().equals("text")) {
            node.put("content", parts.getFirst().text());
        } else {
            ArrayNode content = node.putArray("content");
            parts.forEach(part -> content.addObject().put("type", part.type()).put("text", part.text()));
        }
    }

    private void call(ToolCall call, ObjectNode node) {
        if (!call.id().isEmpty()) {
            node.put("id", placeholders.protect(call.id()));
        }
        node.put("type", "function")
                .putObject("function")
                .put("name", placeholders.protect(call.name()))
                .put("arguments", new ProtectedJson(placeholders).arguments(call.arguments()));
    }

    private List<Part> parts(List<Content> content) {
        if (imagesFirst.isPresent() && content.stream().anyMatch(Content.Image.class::isInstance)) {
            return imagesFirst(content, imagesFirst.get());
        }
        List<Part> parts = new ArrayList<>();
        List<Content.Text> run = new ArrayList<>();
        for (Content part : content) {
            switch (part) {
                case Content.Text text -> run.add(text);
                case Content.Image image -> medium(image.image(), run, parts);
                case Content.Audio audio -> medium(audio.audio(), run, parts);
            }
        }
        endRun(run, parts);
        return parts;
    }

    /// Pictures and sounds, and then one text of all others: what stands between them is as the template has it.
    private List<Part> imagesFirst(List<Content> content, ImagesFirst order) {
        List<Part> parts = new ArrayList<>();
        List<Content.Text> texts = new ArrayList<>();
        String between = order.before();
        for (Content part : content) {
            switch (part) {
                case Content.Text text -> texts.add(text);
                case Content.Image image -> {
                    if (!between.isEmpty()) {
                        parts.add(new Part("text", between));
                    }
                    parts.add(new Part("media_marker", placeholders.marker(image.image())));
                    between = order.after() + order.before();
                }
                case Content.Audio audio -> parts.add(new Part("media_marker", placeholders.marker(audio.audio())));
            }
        }
        String all = String.join(order.between(), placeholders.protect(texts));
        parts.add(new Part("text", order.after() + all));
        return parts;
    }

    private void medium(Media media, List<Content.Text> run, List<Part> parts) {
        endRun(run, parts);
        parts.add(new Part("media_marker", placeholders.marker(media)));
    }

    private void endRun(List<Content.Text> run, List<Part> parts) {
        placeholders.protect(run).forEach(text -> parts.add(new Part("text", text)));
        run.clear();
    }
}
