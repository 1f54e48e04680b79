package io.vlm4j.server.internal;

import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// Server-sent events as the response to a request. It begins with the first of them, so that a request which cannot be
/// answered at all still gets the right status.
public final class EventStream {
    static final String DATA = "data: ";
    static final String END = "\n\n";

    private static final byte[] DATA_BYTES = DATA.getBytes(StandardCharsets.UTF_8);
    private static final byte[] END_BYTES = END.getBytes(StandardCharsets.UTF_8);

    private final Exchange exchange;

    public EventStream(Exchange exchange) {
        this.exchange = exchange;
    }

    /// An event without a name.
    public void send(JsonNode data) {
        write(new byte[0], Json.bytes(data));
    }

    public void send(TextEvent event, String text) {
        write(event.with(text));
    }

    public void send(String event, JsonNode data) {
        write(("event: " + event + "\n").getBytes(StandardCharsets.UTF_8), Json.bytes(data));
    }

    /// The last event of OpenAI's streams.
    public void sendDone() {
        write(new byte[0], "[DONE]".getBytes(StandardCharsets.UTF_8));
    }

    public void end() {
        exchange.endStream();
    }

    public boolean hasBegun() {
        return exchange.isCommitted();
    }

    private void write(byte[] name, byte[] data) {
        byte[] event = new byte[name.length + DATA_BYTES.length + data.length + END_BYTES.length];
        System.arraycopy(name, 0, event, 0, name.length);
        System.arraycopy(DATA_BYTES, 0, event, name.length, DATA_BYTES.length);
        System.arraycopy(data, 0, event, name.length + DATA_BYTES.length, data.length);
        System.arraycopy(END_BYTES, 0, event, event.length - END_BYTES.length, END_BYTES.length);
        write(event);
    }

    private void write(byte[] event) {
        if (!exchange.isCommitted()) {
            exchange.beginStream("text/event-stream; charset=utf-8");
        }
        exchange.write(event);
    }
}
