package io.vlm4j.server.internal;

import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Head;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Which pages of other sites a browser lets ask: none but those that are listed.
///
/// @param origins `*` is all
record CrossOrigin(List<String> origins) {
    private static final String MAX_AGE = "600";

    private Optional<String> allowed(Head head) {
        return head.header("origin").filter(origin -> origins.contains("*") || origins.contains(origin));
    }

    Map<String, String> headers(Head head) {
        if (origins.isEmpty()) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("vary", "origin");
        allowed(head).ifPresent(origin -> {
            headers.put("access-control-allow-origin", origin);
            headers.put("access-control-expose-headers", "x-request-id, retry-after");
        });
        return headers;
    }

    /// What a browser is told that asks before a page's request; the headers of every response come with it.
    Answer preflight(Head head, Collection<String> methods) {
        Answer answer = Answer.empty(204).with("allow", String.join(", ", methods));
        if (allowed(head).isEmpty()) {
            return answer;
        }
        return answer.with("access-control-allow-methods", String.join(", ", methods))
                .with(
                        "access-control-allow-headers",
                        head.header("access-control-request-headers").orElse("*"))
                .with("access-control-max-age", MAX_AGE);
    }
}
