package io.vlm4j.load;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What is asked of the server.
///
/// @param server      base address, `http://127.0.0.1:8080`; `/v1/chat/completions` is added
/// @param apiKey      sent as a bearer token; never shown
/// @param model       name of the model in the requests
/// @param requests    of each client and each kind
/// @param promptWords words of each question; no two questions are equal
/// @param maxTokens   of each answer; models are asked not to end before (`ignore_eos`, where the server knows it)
/// @param pictureSize width and height of the pictures, in pixels; no two pictures are equal
/// @param temperature of sampling; models with random weights write no text at 0
/// @param fields      a JSON object whose fields are added to each request, or replace ours
/// @param timeout     of one answer
/// @param seed        of questions and pictures
public record LoadOptions(
        URI server,
        Optional<String> apiKey,
        String model,
        int requests,
        int promptWords,
        int maxTokens,
        int pictureSize,
        double temperature,
        String fields,
        Duration timeout,
        long seed) {
    public static final List<Integer> DEFAULT_CLIENTS = List.of(1, 4, 16, 64);
    private static final int MAX_PICTURE = 4096;

    public LoadOptions {
        if (!"http".equals(server.getScheme()) && !"https".equals(server.getScheme())) {
            throw new IllegalArgumentException("the server's address must begin with http:// or https://: " + server);
        }
        positive("requests", requests);
        positive("promptWords", promptWords);
        positive("maxTokens", maxTokens);
        positive("pictureSize", pictureSize);
        if (pictureSize > MAX_PICTURE) {
            throw new IllegalArgumentException("pictureSize must be at most " + MAX_PICTURE + ", not " + pictureSize);
        }
        try {
            if (!JsonMapper.shared().readTree(fields).isObject()) {
                throw new IllegalArgumentException("the fields of requests must be a JSON object, not " + fields);
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the fields of requests are no JSON: " + fields, e);
        }
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException("temperature must be 0 or more, not " + temperature);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout must be longer than nothing, not " + timeout);
        }
        Objects.requireNonNull(model, "model");
    }

    private static void positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }

    @Override
    public String toString() {
        return "LoadOptions[" + server + "]"; // not the key
    }
}
