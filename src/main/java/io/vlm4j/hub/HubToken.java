package io.vlm4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// What says to a hub who is asking. It is in no message, no log and no `toString`. An immutable value.
public final class HubToken {
    private static final int LONGEST = 4096;
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1," + LONGEST + "}");

    private final String secret;

    private HubToken(String secret) {
        this.secret = secret;
    }

    /// A token as text; white space around it does not count.
    ///
    /// @throws IllegalArgumentException when it is empty, or has characters that are in no token
    public static HubToken of(String text) {
        String secret = text.strip();
        if (!TOKEN.matcher(secret).matches()) {
            throw new IllegalArgumentException(
                    secret.isEmpty()
                            ? "the token is empty"
                            : "the token has spaces or other characters that are in no token, or is too long");
        }
        return new HubToken(secret);
    }

    /// A token that is alone in a file.
    ///
    /// @throws UncheckedIOException     when it cannot be read
    /// @throws IllegalArgumentException when there is no token in it, naming the file
    public static HubToken ofFile(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return of(new String(in.readNBytes(LONGEST + 2), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the token in " + file + ": " + e, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /// Where Hugging Face's own tools look for it: the variable `HF_TOKEN`; the file that `HF_TOKEN_PATH`
    /// names; `token` in `HF_HOME`, which is `huggingface` in `XDG_CACHE_HOME` or in `~/.cache`.
    ///
    /// @return empty when it is in none of these places
    static Optional<HubToken> find(Map<String, String> environment, Path home) {
        String token = environment.getOrDefault("HF_TOKEN", "");
        if (!token.isBlank()) {
            return Optional.of(of(token));
        }
        Path caches = path(environment, "XDG_CACHE_HOME").orElse(home.resolve(".cache"));
        Path ours = path(environment, "HF_HOME").orElse(caches.resolve("huggingface"));
        Path file = path(environment, "HF_TOKEN_PATH").orElse(ours.resolve("token"));
        return Files.isRegularFile(file) ? Optional.of(ofFile(file)) : Optional.empty();
    }

    private static Optional<Path> path(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .filter(value -> !value.isBlank())
                .map(Path::of);
    }

    /// The token itself, for the header of a request and nothing else.
    public String secret() {
        return secret;
    }

    @Override
    public String toString() {
        return "HubToken[hidden]";
    }
}
