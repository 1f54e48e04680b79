package io.vlm4j.prompt.internal;

import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The request that the shim's template engine takes (`vlm4j_chat_apply`): messages in OpenAI's shape, as JSON.
/// Written by hand because it is all the JSON that the library needs: users of it get no JSON dependency.
final class RequestJson {
    private final StringBuilder json = new StringBuilder();

    private RequestJson() {}

    static String of(List<ChatMessage> messages, boolean addGenerationPrompt, Placeholders placeholders) {
        RequestJson request = new RequestJson();
        request.json
                .append("{\"add_generation_prompt\":")
                .append(addGenerationPrompt)
                .append(",\"messages\":[");
        for (int i = 0; i < messages.size(); i++) {
            request.json.append(i == 0 ? "" : ",");
            request.message(messages.get(i), placeholders);
        }
        return request.json.append("]}").toString();
    }

    private record Part(String type, String text) {}

    private void message(ChatMessage message, Placeholders placeholders) {
        List<Part> parts = parts(message.content(), placeholders);
        json.append("{\"role\":");
        string(message.role().templateName());
        json.append(",\"content\":");
        if (parts.size() == 1 && parts.getFirst().type().equals("text")) {
            string(parts.getFirst().text());
        } else {
            json.append('[');
            for (int i = 0; i < parts.size(); i++) {
                json.append(i == 0 ? "" : ",").append("{\"type\":");
                string(parts.get(i).type());
                json.append(",\"text\":");
                string(parts.get(i).text());
                json.append('}');
            }
            json.append(']');
        }
        json.append('}');
    }

    private static List<Part> parts(List<Content> content, Placeholders placeholders) {
        List<Part> parts = new ArrayList<>();
        List<Content.Text> run = new ArrayList<>();
        for (Content part : content) {
            switch (part) {
                case Content.Text text -> run.add(text);
                case Content.Image image -> {
                    endRun(run, placeholders, parts);
                    parts.add(new Part("media_marker", placeholders.marker(image.image())));
                }
            }
        }
        endRun(run, placeholders, parts);
        return parts;
    }

    private static void endRun(List<Content.Text> run, Placeholders placeholders, List<Part> parts) {
        placeholders.protect(run).forEach(text -> parts.add(new Part("text", text)));
        run.clear();
    }

    /// RFC 8259, section 7. Lone surrogates become the replacement character, as in UTF-8 encoding.
    private void string(String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                default -> {
                    if (c < 0x20) {
                        json.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
