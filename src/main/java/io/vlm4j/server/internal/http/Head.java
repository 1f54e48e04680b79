package io.vlm4j.server.internal.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A request without its body.
///
/// @param method  in capitals
/// @param path    without the query, percent signs decoded
/// @param headers by their names in small letters
/// @param client  the address it came from
/// @param secure  whether it came through TLS
public record Head(
        String method, String path, Map<String, List<String>> headers, String client, boolean secure, long length) {
    /// `length` of a body that comes in chunks.
    public static final long UNKNOWN = -1;

    public Head {
        headers = Map.copyOf(headers);
    }

    /// The first header of this name.
    public Optional<String> header(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream()
                .findFirst();
    }

    public boolean hasBody() {
        return length != 0;
    }
}
