package io.vlm4j.isolation.internal;

import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.TokenProbability;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The body of a [FrameKind#TEXT]: the token, the text's length in bytes, the text, and probabilities as JSON if there
/// are any.
final class TextFrame {
    private static final int HEADER = 2 * Integer.BYTES;

    private TextFrame() {}

    static byte[] write(String text, int token, List<TokenProbability> probabilities) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] json = probabilities.isEmpty() ? new byte[0] : Wire.toBytes(probabilities);
        return ByteBuffer.allocate(HEADER + utf8.length + json.length)
                .putInt(token)
                .putInt(utf8.length)
                .put(utf8)
                .put(json)
                .array();
    }

    static GenerationEvent.Text read(byte[] body) {
        ByteBuffer in = ByteBuffer.wrap(body);
        int token = in.getInt();
        int length = in.getInt();
        String text = new String(body, HEADER, length, StandardCharsets.UTF_8);
        if (body.length == HEADER + length) {
            return new GenerationEvent.Text(text, token, List.of());
        }
        byte[] json = new byte[body.length - HEADER - length];
        in.get(HEADER + length, json);
        return new GenerationEvent.Text(text, token, List.of(Wire.read(json, TokenProbability[].class)));
    }
}
