package io.vlm4j.prompt.internal;

import io.vlm4j.media.AudioFormat;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageFormat;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Messages in OpenAI's shape.
public final class TranscriptWriter {
    private TranscriptWriter() {}

    public static String write(List<ChatMessage> messages) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        messages.forEach(message -> write(message, array.addObject()));
        return JsonText.MAPPER.writeValueAsString(array);
    }

    private static void write(ChatMessage message, ObjectNode node) {
        node.put("role", message.role().templateName());
        content(message, node);
        message.reasoning().ifPresent(thought -> node.put("reasoning_content", thought));
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = node.putArray("tool_calls");
            message.toolCalls()
                    .forEach(call -> calls.addObject()
                            .put("id", call.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", call.name())
                            .put("arguments", call.arguments()));
        }
        message.name().ifPresent(name -> node.put("name", name));
        message.toolCallId().ifPresent(id -> node.put("tool_call_id", id));
    }

    private static void content(ChatMessage message, ObjectNode node) {
        List<Content> content = message.content();
        if (content.isEmpty() && !message.toolCalls().isEmpty()) {
            node.putNull("content");
        } else if (content.isEmpty()) {
            node.put("content", "");
        } else if (content.size() == 1 && content.getFirst() instanceof Content.Text text) {
            node.put("content", text.text());
        } else {
            ArrayNode parts = node.putArray("content");
            for (Content part : content) {
                switch (part) {
                    case Content.Text text ->
                        parts.addObject().put("type", "text").put("text", text.text());
                    case Content.Image image ->
                        parts.addObject()
                                .put("type", "image_url")
                                .putObject("image_url")
                                .put("url", dataUri(image.image()));
                    case Content.Audio audio ->
                        sound(audio.audio(), parts.addObject().put("type", "input_audio"));
                }
            }
        }
    }

    private static void sound(AudioInput audio, ObjectNode part) {
        byte[] encoded = audio.encoded();
        String format = AudioFormat.of(encoded).orElseThrow().name().toLowerCase(Locale.ROOT);
        part.putObject("input_audio")
                .put("data", Base64.getEncoder().encodeToString(encoded))
                .put("format", format);
    }

    private static String dataUri(ImageInput image) {
        byte[] encoded = image.encoded();
        String type = ImageFormat.of(encoded).map(ImageFormat::mediaType).orElse("application/octet-stream");
        return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(encoded);
    }
}
