package io.vlm4j.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Asks for one streamed answer at a time and notes when its pieces arrive. Thread-safe.
final class ChatClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String DATA = "data:";
    private static final String END = "[DONE]";
    private static final int LONGEST_ERROR = 300;

    private final LoadOptions options;
    private final URI endpoint;
    private final HttpClient http;

    ChatClient(LoadOptions options) {
        this.options = options;
        String base = options.server().toString();
        this.endpoint =
                URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/v1/chat/completions");
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
    }

    /// @param picture a `data:` address, or `null` for a question of text alone
    Sample ask(String question, @Nullable String picture) throws InterruptedException {
        return ask(question, picture, options.maxTokens());
    }

    Sample ask(String question, @Nullable String picture, int maxTokens) throws InterruptedException {
        boolean pictured = picture != null;
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint)
                .timeout(options.timeout())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(question, picture, maxTokens)));
        options.apiKey().ifPresent(key -> request.header("Authorization", "Bearer " + key));
        long start = System.nanoTime();
        try {
            HttpResponse<InputStream> response = send(request.build());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    return Sample.failed(pictured, "status " + response.statusCode() + ": " + beginning(body));
                }
                return read(body, pictured, start);
            }
        } catch (IOException | JacksonException e) {
            return Sample.failed(pictured, String.valueOf(e.getMessage()));
        }
    }

    /// A server may close a connection that it kept, at the moment at which the next request is sent; such a request
    /// was not read and is sent again.
    private HttpResponse<InputStream> send(HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpTimeoutException | ConnectException e) {
            throw e;
        } catch (IOException e) {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        }
    }

    private static String beginning(InputStream body) throws IOException {
        return new String(body.readNBytes(LONGEST_ERROR), StandardCharsets.UTF_8).strip();
    }

    private Sample read(InputStream body, boolean pictured, long start) throws IOException {
        List<Long> gaps = new ArrayList<>();
        long first = 0;
        long last = 0;
        int pieces = 0;
        int promptTokens = 0;
        int completionTokens = 0;
        boolean ended = false;
        BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null && !ended; line = lines.readLine()) {
            if (!line.startsWith(DATA)) {
                continue;
            }
            String data = line.substring(DATA.length()).strip();
            long now = System.nanoTime();
            if (data.equals(END)) {
                ended = true;
                continue;
            }
            JsonNode chunk = JSON.readTree(data);
            if (chunk.has("error")) {
                return Sample.failed(pictured, chunk.get("error").toString());
            }
            JsonNode delta = chunk.at("/choices/0/delta");
            if (delta.path("content").isString()
                    || delta.path("reasoning_content").isString()) {
                if (!delta.path("content").asString("").isEmpty()
                        || !delta.path("reasoning_content").asString("").isEmpty()) {
                    if (pieces++ == 0) {
                        first = now - start;
                    } else {
                        gaps.add(now - last);
                    }
                    last = now;
                }
            }
            JsonNode usage = chunk.path("usage");
            promptTokens = usage.path("prompt_tokens").asInt(promptTokens);
            completionTokens = usage.path("completion_tokens").asInt(completionTokens);
        }
        if (!ended) {
            return Sample.failed(pictured, "the stream ended before " + END);
        }
        long total = System.nanoTime() - start;
        return new Sample(
                pictured,
                pieces == 0 ? total : first,
                gaps,
                total,
                promptTokens,
                completionTokens == 0 ? pieces : completionTokens,
                Optional.empty());
    }

    private String body(String question, @Nullable String picture, int maxTokens) {
        ObjectNode request = JSON.createObjectNode();
        request.put("model", options.model());
        request.put("stream", true);
        request.putObject("stream_options").put("include_usage", true);
        request.put("max_tokens", maxTokens);
        request.put("ignore_eos", true);
        request.put("temperature", options.temperature());
        ObjectNode message = request.putArray("messages").addObject().put("role", "user");
        if (picture == null) {
            message.put("content", question);
        } else {
            ArrayNode parts = message.putArray("content");
            parts.addObject().put("type", "image_url").putObject("image_url").put("url", picture);
            parts.addObject().put("type", "text").put("text", question);
        }
        request.setAll((ObjectNode) JSON.readTree(options.fields()));
        return JSON.writeValueAsString(request);
    }

    @Override
    public void close() {
        http.close();
    }
}
