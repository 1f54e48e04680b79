package io.vlm4j.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Streams the same three words to everybody, and keeps the requests.
public final class ScriptedServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> requests = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private final String answer;
    private final int status;

    public ScriptedServer(int status, String answer) throws IOException {
        this.status = status;
        this.answer = answer;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    public static ScriptedServer working() throws IOException {
        return new ScriptedServer(200, """
                data: {"choices":[{"delta":{"role":"assistant","content":null}}]}

                data: {"choices":[{"delta":{"content":"a"}}]}

                data: {"choices":[{"delta":{"content":"b"}}]}

                : a comment
                data: {"choices":[{"delta":{"content":"c"}}]}

                data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}

                data: [DONE]

                """);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        synchronized (requests) {
            requests.add(body);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        }
        exchange.sendResponseHeaders(status, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(answer.getBytes(StandardCharsets.UTF_8));
        }
    }

    public List<String> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    public List<String> keys() {
        synchronized (requests) {
            return List.copyOf(keys);
        }
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
