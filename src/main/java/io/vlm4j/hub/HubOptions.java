package io.vlm4j.hub;

import io.vlm4j.hub.internal.Endpoint;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// How to reach a hub. An immutable value.
///
/// @param endpoint    its address; `https`, or `http` on this machine
/// @param token       says who is asking; it is sent to this address and no other
/// @param retries     how often a request is made again that failed for a passing reason, 0 or more
/// @param retryDelay  before the first of these; it doubles from one to the next, up to eightfold. A server that says
///                    how long to wait is heeded, up to five minutes
/// @param patience    for how long nothing may move before a request counts as failed
/// @param connections at a time for large files, 1 to 32
public record HubOptions(
        URI endpoint, Optional<HubToken> token, int retries, Duration retryDelay, Duration patience, int connections) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final int DEFAULT_RETRIES = 5;
    private static final int DEFAULT_CONNECTIONS = 4;
    private static final int MOST_RETRIES = 100;
    private static final int MOST_CONNECTIONS = 32;

    /// @throws IllegalArgumentException naming the value that makes no sense
    public HubOptions {
        endpoint = Endpoint.of(endpoint).base();
        Objects.requireNonNull(token, "token");
        requireBetween("retries", retries, 0, MOST_RETRIES);
        requireBetween("connections", connections, 1, MOST_CONNECTIONS);
        if (retryDelay.isNegative()) {
            throw new IllegalArgumentException("retryDelay must not be negative: " + retryDelay);
        }
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException("patience must be positive: " + patience);
        }
    }

    private static void requireBetween(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be from " + least + " to " + most + ": " + value);
        }
    }

    /// As Hugging Face's own tools: the address in `HF_ENDPOINT`, or `https://huggingface.co`; the token in
    /// `HF_TOKEN`, or where logging in has put it (`~/.cache/huggingface/token`, unless variables name another
    /// place).
    ///
    /// @throws IllegalArgumentException when one of these makes no sense
    public static HubOptions ofEnvironment() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static HubOptions of(Map<String, String> environment, Path home) {
        String endpoint = environment.getOrDefault("HF_ENDPOINT", "");
        return new HubOptions(
                URI.create(endpoint.isBlank() ? DEFAULT_ENDPOINT : endpoint.strip()),
                HubToken.find(environment, home),
                DEFAULT_RETRIES,
                Duration.ofSeconds(1),
                Duration.ofMinutes(2),
                DEFAULT_CONNECTIONS);
    }

    public HubOptions withEndpoint(URI value) {
        return new HubOptions(value, token, retries, retryDelay, patience, connections);
    }

    public HubOptions withToken(HubToken value) {
        return new HubOptions(endpoint, Optional.of(value), retries, retryDelay, patience, connections);
    }

    public HubOptions withRetries(int value, Duration delay) {
        return new HubOptions(endpoint, token, value, delay, patience, connections);
    }

    public HubOptions withPatience(Duration value) {
        return new HubOptions(endpoint, token, retries, retryDelay, value, connections);
    }

    public HubOptions withConnections(int value) {
        return new HubOptions(endpoint, token, retries, retryDelay, patience, value);
    }
}
