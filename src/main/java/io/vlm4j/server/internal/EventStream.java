package io.vlm4j.server.internal;

import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Json;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;

/// Server-sent events as the response to a request. It begins with the first of them, so that a request which cannot be
/// answered at all still gets the right status.
public final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);

    private final Exchange exchange;

    public EventStream(Exchange exchange) {
        this.exchange = exchange;
    }

    /// An event without a name.
    public void send(JsonNode data) {
        write(new byte[0], Json.bytes(data));
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
        if (!exchange.isCommitted()) {
            exchange.beginStream("text/event-stream; charset=utf-8");
        }
        byte[] event = new byte[name.length + DATA.length + data.length + END.length];
        System.arraycopy(name, 0, event, 0, name.length);
        System.arraycopy(DATA, 0, event, name.length, DATA.length);
        System.arraycopy(data, 0, event, name.length + DATA.length, data.length);
        System.arraycopy(END, 0, event, event.length - END.length, END.length);
        exchange.write(event);
    }
}
