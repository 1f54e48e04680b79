package io.vlm4j.prompt.internal;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.schema.internal.StrictJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Reads messages in OpenAI's shape; whatever is wrong is named by its path in the text.
public final class TranscriptReader {
    /// Where the pictures and sounds of a transcript come from.
    public interface MediaSource {
        /// @param url  what stands for the picture
        /// @param path of it in the transcript
        ImageInput picture(String url, String path);

        /// @param data what stands for the sound: base64, or a `data:` URI
        AudioInput sound(String data, String path);
    }

    private static final String BASE64 = ";base64,";

    /// Pictures and sounds inside the text, and no others.
    private static final MediaSource INSIDE = new MediaSource() {
        @Override
        public ImageInput picture(String url, String path) {
            int data = url.indexOf(BASE64);
            if (!url.startsWith("data:") || data < 0) {
                throw new TranscriptFault(path, "only pictures inside the text are read (data:...;base64,...)");
            }
            return ImageInput.of(decoded(url.substring(data + BASE64.length()), path));
        }

        @Override
        public AudioInput sound(String data, String path) {
            return AudioInput.of(bytes(data, path));
        }
    };

    private final MediaSource media;

    private TranscriptReader(MediaSource media) {
        this.media = media;
    }

    /// The bytes of base64 or of a `data:` URI with base64. The format beside it is not needed: the content decides.
    ///
    /// @throws TranscriptFault when it is neither
    public static byte[] bytes(String text, String path) {
        int data = text.startsWith("data:") ? text.indexOf(BASE64) : -1;
        return decoded(data < 0 ? text : text.substring(data + BASE64.length()), path);
    }

    /// @param messages an array
    /// @param path     of it
    /// @throws TranscriptFault naming what is wrong
    public static List<ChatMessage> read(JsonNode messages, String path, MediaSource media) {
        if (!messages.isArray()) {
            throw wrong(path, "an array of messages", messages);
        }
        TranscriptReader reader = new TranscriptReader(media);
        List<ChatMessage> read = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            read.add(reader.message(messages.get(i), path + "[" + i + "]"));
        }
        return List.copyOf(read);
    }

    public static List<ChatMessage> read(String json) {
        JsonNode root;
        try {
            root = JsonText.MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the conversation is no JSON: " + StrictJson.reason(e), e);
        }
        JsonNode messages = root.isObject() ? root.path("messages") : root;
        String path = root.isObject() ? "messages" : "$";
        return read(messages, path, INSIDE);
    }

    private ChatMessage message(JsonNode node, String path) {
        if (!node.isObject()) {
            throw wrong(path, "an object", node);
        }
        Role role = role(text(node.path("role"), path + ".role"), path);
        JsonNode calls = node.path("tool_calls");
        try {
            return new ChatMessage(
                    role,
                    content(node.path("content"), path + ".content"),
                    optionalText(node.path("reasoning_content"), path + ".reasoning_content"),
                    calls.isMissingNode() || calls.isNull() ? List.of() : calls(calls, path + ".tool_calls"),
                    optionalText(node.path("tool_call_id"), path + ".tool_call_id"),
                    optionalText(node.path("name"), path + ".name"));
        } catch (TranscriptFault e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new TranscriptFault(path, String.valueOf(e.getMessage()));
        }
    }

    private static Role role(String name, String path) {
        String known = name.equals("developer") ? "system" : name; // OpenAI's newer word
        return Arrays.stream(Role.values())
                .filter(role -> role.templateName().equals(known))
                .findFirst()
                .orElseThrow(() -> new TranscriptFault(path + ".role", "'" + name + "' is no role"));
    }

    private List<Content> content(JsonNode node, String path) {
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        if (node.isString()) {
            return node.stringValue().isEmpty() ? List.of() : List.of(new Content.Text(node.stringValue()));
        }
        if (!node.isArray()) {
            throw wrong(path, "a string or an array of parts", node);
        }
        List<Content> parts = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            parts.add(part(node.get(i), path + "[" + i + "]"));
        }
        return parts;
    }

    private Content part(JsonNode node, String path) {
        String type = text(node.path("type"), path + ".type");
        return switch (type) {
            case "text" -> new Content.Text(text(node.path("text"), path + ".text"));
            case "image_url" -> {
                String at = path + ".image_url.url";
                yield new Content.Image(
                        media.picture(text(node.path("image_url").path("url"), at), at));
            }
            case "input_audio" -> {
                String at = path + ".input_audio.data";
                yield new Content.Audio(
                        media.sound(text(node.path("input_audio").path("data"), at), at));
            }
            default ->
                throw new TranscriptFault(path + ".type", "'" + type + "' is not text, image_url or input_audio");
        };
    }

    private static byte[] decoded(String base64, String path) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new TranscriptFault(path, "no base64: " + e.getMessage());
        }
    }

    private static List<ToolCall> calls(JsonNode node, String path) {
        if (!node.isArray()) {
            throw wrong(path, "an array", node);
        }
        List<ToolCall> calls = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            String at = path + "[" + i + "]";
            JsonNode function = node.get(i).path("function");
            JsonNode arguments = function.path("arguments");
            calls.add(new ToolCall(
                    optionalText(node.get(i).path("id"), at + ".id").orElse(""),
                    text(function.path("name"), at + ".function.name"),
                    arguments.isObject() ? arguments.toString() : text(arguments, at + ".function.arguments")));
        }
        return calls;
    }

    private static Optional<String> optionalText(JsonNode node, String path) {
        return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(text(node, path));
    }

    private static String text(JsonNode node, String path) {
        if (!node.isString()) {
            throw wrong(path, "a string", node);
        }
        return node.stringValue();
    }

    private static TranscriptFault wrong(String path, String expected, JsonNode found) {
        if (found.isMissingNode()) {
            return new TranscriptFault(
                    path, "expected " + expected + ", found nothing", path + " is missing: it must be " + expected);
        }
        String what = found.getNodeType().toString().toLowerCase(Locale.ROOT);
        String article = found.isNull() ? "" : found.isArray() || found.isObject() ? "an " : "a ";
        return new TranscriptFault(
                path,
                "expected " + expected + ", found " + what,
                path + " must be " + expected + ", not " + article + what);
    }
}
