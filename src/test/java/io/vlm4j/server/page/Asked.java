package io.vlm4j.server.page;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A request that waits for its answer.
final class Asked implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_WRITES = 2000;

    private final HttpExchange exchange;
    private final JsonNode body;
    private final CountDownLatch closed = new CountDownLatch(1);
    private boolean begun;

    Asked(HttpExchange exchange, JsonNode body) {
        this.exchange = exchange;
        this.body = body;
    }

    JsonNode body() {
        return body;
    }

    String path() {
        return exchange.getRequestURI().getPath();
    }

    /// The last message's parts of a type.
    List<JsonNode> parts(String type) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode part : lastMessage().path("content")) {
            if (part.path("type").asString("").equals(type)) {
                found.add(part);
            }
        }
        return found;
    }

    /// The last message's text.
    String question() {
        JsonNode content = lastMessage().path("content");
        return content.isString()
                ? content.asString()
                : parts("text").getFirst().path("text").asString();
    }

    /// Streams a piece of the answer.
    Asked say(String text) throws IOException {
        return delta("content", text);
    }

    Asked think(String text) throws IOException {
        return delta("reasoning_content", text);
    }

    /// Ends the answer, with usage and timings as llama-server gives them.
    void finish() throws IOException {
        finish("stop");
    }

    void finish(String reason) throws IOException {
        event("""
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "%s"}]}
                """.formatted(reason));
        event("""
                {"choices": [], "usage": {"prompt_tokens": 1234, "completion_tokens": 42, "total_tokens": 1276},
                 "timings": {"prompt_n": 34, "prompt_ms": 80.5, "cache_n": 1200, "predicted_n": 42,
                 "predicted_ms": 1312.5}}
                """);
        write("data: [DONE]\n\n");
        close();
    }

    void event(String json) throws IOException {
        write("data: " + json.strip().replace("\n", "") + "\n\n");
    }

    /// Answers with a status and a body instead of a stream.
    void refuse(int status, String json, Map<String, String> headers) throws IOException {
        begun = true;
        headers.forEach(exchange.getResponseHeaders()::set);
        reply(exchange, status, "application/json", json.getBytes(StandardCharsets.UTF_8));
        close();
    }

    void json(String json) throws IOException {
        refuse(200, json, Map.of());
    }

    /// Writes until the connection is seen to be gone, which takes as long as buffers do.
    boolean isAbandoned() {
        try {
            for (int write = 0; write < MOST_WRITES; write++) {
                say("x".repeat(1000));
            }
            return false;
        } catch (IOException gone) {
            return true;
        } finally {
            close();
        }
    }

    /// Ends the connection in the middle of things. One that had no answer yet gets an error: browsers ask once more
    /// when a connection that they used before goes away silently.
    @Override
    public void close() {
        try {
            if (!begun) {
                begun = true;
                reply(exchange, 500, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException gone) {
            // So is who would have read it.
        } finally {
            closed.countDown();
        }
    }

    void awaitClose() {
        try {
            closed.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        exchange.close();
    }

    static void reply(HttpExchange exchange, int status, String type, byte[] content) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(content);
        }
    }

    private JsonNode lastMessage() {
        JsonNode messages = body.path("messages");
        return messages.path(messages.size() - 1);
    }

    private Asked delta(String field, String text) throws IOException {
        ObjectNode chunk = JSON.createObjectNode();
        chunk.putArray("choices").addObject().putObject("delta").put(field, text);
        event(JSON.writeValueAsString(chunk));
        return this;
    }

    private void write(String text) throws IOException {
        if (!begun) {
            begun = true;
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
        }
        exchange.getResponseBody().write(text.getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }
}
