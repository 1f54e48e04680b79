package io.vlm4j.server.internal.openai;

import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.media.RequestMedia;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The conversation of a request for a response: instructions, and a text or items.
final class ResponsesInput {
    private final RequestMedia media;
    private final List<ChatMessage> messages = new ArrayList<>();

    private ResponsesInput(RequestMedia media) {
        this.media = media;
    }

    static List<ChatMessage> read(Fields request, RequestMedia media) {
        ResponsesInput input = new ResponsesInput(media);
        request.optionalText("instructions").ifPresent(text -> input.messages.add(ChatMessage.system(text)));
        if (request.get("input").isString()) {
            input.messages.add(ChatMessage.user(request.text("input")));
        } else if (request.get("input").isArray()) {
            request.objects("input").forEach(input::item);
        } else {
            throw request.wrong("input", "a string or an array of items");
        }
        if (input.messages.isEmpty()) {
            throw request.refused("input", "is empty");
        }
        return input.messages;
    }

    private void item(Fields item) {
        String type = item.optionalText("type").orElse("message");
        switch (type) {
            case "message" -> message(item);
            case "function_call" -> call(item);
            case "function_call_output" -> result(item);
            case "reasoning" -> reasoning(item);
            default ->
                throw item.refused(
                        "type",
                        "must be message, function_call, function_call_output or reasoning, not '" + type + "'");
        }
    }

    private void message(Fields item) {
        String role = item.text("role");
        List<Content> content = content(item, "content");
        switch (role) {
            case "user" -> messages.add(new ChatMessage(Role.USER, content));
            case "system", "developer" -> messages.add(new ChatMessage(Role.SYSTEM, content));
            case "assistant" -> assistant(content, Optional.empty(), List.of());
            default -> throw item.refused("role", "must be user, assistant, system or developer, not '" + role + "'");
        }
    }

    private List<Content> content(Fields item, String name) {
        if (item.get(name).isString()) {
            return List.of(new Content.Text(item.text(name)));
        }
        if (!item.get(name).isArray()) {
            throw item.wrong(name, "a string or an array of parts");
        }
        List<Content> content = new ArrayList<>();
        for (Fields part : item.objects(name)) {
            String type = part.text("type");
            content.add(
                    switch (type) {
                        case "input_text", "output_text", "text" -> new Content.Text(part.text("text"));
                        case "refusal" -> new Content.Text(part.text("refusal"));
                        case "input_image" -> new Content.Image(image(part));
                        case "input_audio" -> {
                            Fields sound = part.object("input_audio").orElse(part);
                            yield new Content.Audio(media.sound(sound.text("data"), sound.at("data")));
                        }
                        default ->
                            throw part.refused(
                                    "type",
                                    "must be input_text, input_image, input_audio or output_text, not '" + type + "'");
                    });
        }
        return content;
    }

    private io.vlm4j.media.ImageInput image(Fields part) {
        if (part.has("file_id")) {
            throw part.refused("file_id", "cannot be used: this server keeps no files");
        }
        return media.picture(part.text("image_url"), part.at("image_url"));
    }

    private void call(Fields item) {
        ToolCall call = new ToolCall(item.text("call_id"), item.text("name"), item.text("arguments"));
        assistant(List.of(), Optional.empty(), List.of(call));
    }

    private void result(Fields item) {
        messages.add(new ChatMessage(
                Role.TOOL,
                content(item, "output"),
                Optional.empty(),
                List.of(),
                Optional.of(item.text("call_id")),
                Optional.empty()));
    }

    private void reasoning(Fields item) {
        StringBuilder text = new StringBuilder();
        item.objects("content")
                .forEach(part -> text.append(part.optionalText("text").orElse("")));
        if (!text.isEmpty()) {
            assistant(List.of(), Optional.of(text.toString()), List.of());
        }
    }

    /// What an assistant said, thought and called in one turn comes as several items.
    private void assistant(List<Content> content, Optional<String> reasoning, List<ToolCall> calls) {
        if (!messages.isEmpty() && messages.getLast().role() == Role.ASSISTANT) {
            ChatMessage before = messages.removeLast();
            List<Content> allContent = new ArrayList<>(before.content());
            allContent.addAll(content);
            List<ToolCall> allCalls = new ArrayList<>(before.toolCalls());
            allCalls.addAll(calls);
            messages.add(new ChatMessage(
                    Role.ASSISTANT,
                    allContent,
                    before.reasoning().or(() -> reasoning),
                    allCalls,
                    Optional.empty(),
                    Optional.empty()));
        } else {
            messages.add(
                    new ChatMessage(Role.ASSISTANT, content, reasoning, calls, Optional.empty(), Optional.empty()));
        }
    }

    /// What cannot be had from a server that remembers nothing.
    static void refuseMemory(Fields request) {
        for (String name : List.of("previous_response_id", "conversation", "prompt")) {
            if (request.has(name)) {
                throw request.refused(
                        name, "cannot be used: this server keeps no responses; send the whole conversation in input");
            }
        }
        if (request.flag("background", false)) {
            throw Fault.of(request.at("background"), "background cannot be used: this server keeps no responses");
        }
    }
}
