package io.vlm4j.hub.internal;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/// What a hub says to do with a large file.
///
/// @param upload empty: it has the file already
/// @param verify where to tell that it is there
record LfsObject(Optional<Action> upload, Optional<Action> verify) {
    /// @param header for the request
    record Action(URI href, Map<String, String> header) {}
}
