package io.vlm4j.server.page;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/// A server with the page and an API whose answers a test makes up while they are waited for.
final class FakeApi implements AutoCloseable {
    static final String POLICY = "default-src 'self'; img-src 'self' data: blob:; ";
    private static final String PAGE = "/io/vlm4j/server/page/";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml");
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    private volatile String models = "";
    private volatile String key = "";

    FakeApi() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::page);
        server.createContext("/v1/models", this::models);
        server.createContext("/v1/chat/completions", this::ask);
        server.createContext("/vlm4j/attention", this::ask);
        server.setExecutor(threads);
        server.start();
        reset();
    }

    URI address() {
        return URI.create("http://localhost:" + server.getAddress().getPort() + "/");
    }

    /// A model that can do everything, no key, and nothing asked so far.
    void reset() {
        asked.forEach(Asked::close);
        asked.clear();
        key = "";
        models("""
                {"object": "list", "data": [{"id": "pico-llava-q4_0.gguf", "object": "model",
                 "capabilities": ["completion", "vision", "attention"], "meta": {"n_ctx": 4096}}]}
                """);
    }

    void models(String json) {
        models = json;
    }

    void requireKey(String key) {
        this.key = key;
    }

    /// The next request for an answer; the test answers it, and closes it.
    Asked next() throws InterruptedException {
        Asked next = asked.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing was asked");
        }
        return next;
    }

    boolean wasAsked() {
        return !asked.isEmpty();
    }

    @Override
    public void close() {
        asked.forEach(Asked::close);
        server.stop(0);
        threads.shutdownNow();
    }

    private void page(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String file = path.equals("/") ? "index.html" : path.substring(1);
        try (InputStream content = FakeApi.class.getResourceAsStream(PAGE + file)) {
            String type = TYPES.get(file.substring(file.lastIndexOf('.') + 1));
            if (content == null || type == null || file.contains("/")) {
                Asked.reply(exchange, 404, "text/plain", "no such file".getBytes());
                return;
            }
            exchange.getResponseHeaders().set("Content-Security-Policy", POLICY);
            exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
            Asked.reply(exchange, 200, type, content.readAllBytes());
        }
    }

    private void models(HttpExchange exchange) throws IOException {
        if (isAllowed(exchange)) {
            Asked.reply(exchange, 200, "application/json", models.getBytes());
        }
    }

    private void ask(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (isAllowed(exchange)) {
            Asked request = new Asked(exchange, JSON.readTree(body));
            asked.add(request);
            request.awaitClose();
        }
    }

    private boolean isAllowed(HttpExchange exchange) throws IOException {
        if (key.isEmpty()
                || ("Bearer " + key).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
        }
        Asked.reply(exchange, 401, "application/json", """
                {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}}
                """.getBytes());
        return false;
    }
}
