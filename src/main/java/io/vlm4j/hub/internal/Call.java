package io.vlm4j.hub.internal;

import java.net.URI;
import java.util.Map;

/// A request.
///
/// @param what       for people: "create me/model"
/// @param authorized whether the token goes with it
/// @param repeatable whether it may be made again when nobody knows whether it was heard
/// @param counted    whether its content is part of the progress
record Call(
        String what,
        String method,
        URI uri,
        Map<String, String> headers,
        Content content,
        boolean authorized,
        boolean repeatable,
        boolean counted) {
    static final String JSON = "application/json";
    static final String LFS = "application/vnd.git-lfs+json";

    static Call get(String what, URI uri) {
        return new Call(what, "GET", uri, Map.of(), Content.NOTHING, true, true, false);
    }

    /// @param type of the content
    static Call post(String what, URI uri, String type, Content content) {
        Map<String, String> headers =
                type.equals(LFS) ? Map.of("Content-Type", type, "Accept", type) : Map.of("Content-Type", type);
        return new Call(what, "POST", uri, headers, content, true, true, false);
    }

    /// Without the token: whoever hands out such an address has signed it, or names the headers that it needs.
    static Call put(String what, URI uri, Map<String, String> headers, Content content) {
        return new Call(what, "PUT", uri, headers, content, false, true, true);
    }

    Call authorized(boolean value) {
        return new Call(what, method, uri, headers, content, value, repeatable, counted);
    }

    Call once() {
        return new Call(what, method, uri, headers, content, authorized, false, counted);
    }

    Call to(URI other, Map<String, String> newHeaders) {
        return new Call(what, method, other, newHeaders, content, authorized, repeatable, counted);
    }
}
