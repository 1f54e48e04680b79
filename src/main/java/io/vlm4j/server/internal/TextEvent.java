package io.vlm4j.server.internal;

import io.vlm4j.server.internal.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// An event that is sent again and again, and differs in one text only: all but the text is written once. Immutable.
public final class TextEvent {
    private static final String PLACE = "\0"; // in no name of a model
    private static final String WRITTEN = Json.text(StringNode.valueOf(PLACE));

    private final byte[] before;
    private final byte[] after;

    private TextEvent(byte[] before, byte[] after) {
        this.before = before;
        this.after = after;
    }

    /// @param data the event's data with a text
    public static TextEvent of(Function<String, ? extends JsonNode> data) {
        String whole = Json.text(data.apply(PLACE));
        int place = whole.indexOf(WRITTEN);
        if (place < 0) {
            throw new IllegalArgumentException("the text is not in " + whole);
        }
        return new TextEvent(
                (EventStream.DATA + whole.substring(0, place)).getBytes(StandardCharsets.UTF_8),
                (whole.substring(place + WRITTEN.length()) + EventStream.END).getBytes(StandardCharsets.UTF_8));
    }

    byte[] with(String text) {
        byte[] written = Json.bytes(text);
        byte[] event = new byte[before.length + written.length + after.length];
        System.arraycopy(before, 0, event, 0, before.length);
        System.arraycopy(written, 0, event, before.length, written.length);
        System.arraycopy(after, 0, event, before.length + written.length, after.length);
        return event;
    }
}
