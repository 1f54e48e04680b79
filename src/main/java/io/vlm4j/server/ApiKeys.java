package io.vlm4j.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;

/// The keys that a server takes. Only their hashes are kept, and comparing takes the same time whether a key is right
/// or nearly right. An immutable value.
public final class ApiKeys {
    private final List<byte[]> hashes;

    private ApiKeys(List<byte[]> hashes) {
        this.hashes = hashes;
    }

    /// Everybody may ask.
    public static ApiKeys none() {
        return new ApiKeys(List.of());
    }

    /// @throws IllegalArgumentException when one is blank
    public static ApiKeys of(Collection<String> keys) {
        List<byte[]> hashes = new ArrayList<>();
        for (String key : keys) {
            if (key.isBlank()) {
                throw new IllegalArgumentException("an API key is empty");
            }
            hashes.add(hash(key));
        }
        return new ApiKeys(List.copyOf(hashes));
    }

    /// A key in each line; empty lines and those that begin with `#` are none. The file is read once.
    ///
    /// @throws IOException when it cannot be read
    /// @throws IllegalArgumentException when there is no key in it
    public static ApiKeys read(Path file) throws IOException {
        List<String> keys = Files.readAllLines(file).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(file + " holds no API key");
        }
        return of(keys);
    }

    /// These keys and others.
    public ApiKeys and(ApiKeys more) {
        List<byte[]> all = new ArrayList<>(hashes);
        all.addAll(more.hashes);
        return new ApiKeys(List.copyOf(all));
    }

    /// Whether there are none, so that everybody may ask.
    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /// Which of the keys it is, from 0; empty when it is none of them.
    public OptionalInt find(String key) {
        byte[] given = hash(key);
        int found = -1;
        for (int i = 0; i < hashes.size(); i++) {
            if (MessageDigest.isEqual(hashes.get(i), given)) {
                found = i; // and on: how long it takes says nothing
            }
        }
        return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    @Override
    public String toString() {
        return hashes.size() + " API keys";
    }
}
