package io.vlm4j.server.internal.http;

import java.util.LinkedHashMap;
import java.util.Map;

/// A response that is there as a whole.
///
/// @param headers beside `Content-Type` and `Content-Length`
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    public static final String JSON = "application/json; charset=utf-8";

    public Answer {
        headers = Map.copyOf(headers);
    }

    public static Answer json(int status, byte[] body) {
        return new Answer(status, JSON, body, Map.of());
    }

    public static Answer empty(int status) {
        return new Answer(status, "", new byte[0], Map.of());
    }

    public Answer with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Answer(status, contentType, body, more);
    }
}
