package io.vlm4j.chat.internal;

import io.vlm4j.inference.internal.Contents;
import io.vlm4j.model.Projector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What a session file says of itself, as JSON.
///
/// @param llamaCpp   the version whose memory format it holds
/// @param model      the GGUF fingerprint of the text model
/// @param modelName  for messages
/// @param projector  the fingerprint of the projector; absent when the conversation was held without one
/// @param adapters   see [AdapterIdentity]
/// @param firstShown see [Window]
record SessionHeader(
        String llamaCpp,
        String model,
        String modelName,
        Optional<String> projector,
        String adapters,
        Instant began,
        int firstShown,
        List<Medium> media) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    /// A medium in the cells.
    record Medium(int cell, int tokens, int positions, String contentId) {}

    static List<Medium> media(Contents contents) {
        return contents.media().stream()
                .map(item -> new Medium(item.cell(), item.tokens(), item.positions(), item.contentId()))
                .toList();
    }

    List<Contents.Media> mediaOf(@Nullable Projector encoder) {
        List<Contents.Media> all = new ArrayList<>();
        for (Medium item : media) {
            all.add(new Contents.Media(item.cell(), item.tokens(), item.positions(), item.contentId(), encoder));
        }
        return all;
    }

    byte[] toBytes() {
        return JSON.writeValueAsBytes(this);
    }

    /// @throws IllegalArgumentException when it is no such JSON
    static SessionHeader of(byte[] json) {
        try {
            return JSON.readValue(json, SessionHeader.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("its header cannot be read: " + e.getOriginalMessage(), e);
        }
    }
}
