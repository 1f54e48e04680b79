package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.Fuyu;
import io.vlm4j.graph.Kosmos2;
import java.util.Optional;

/// What GGUF files say about the tokens around pictures.
public final class ModelKeys {
    private ModelKeys() {}

    /// See [Fuyu#of].
    public static Fuyu fuyu(GgufFile file) {
        Metadata keys = keys(file, "fuyu");
        return new Fuyu(
                keys.integer("image_token_id"),
                keys.integer("newline_token_id"),
                tokenizer(file).integer("bos_token_id"),
                keys.integer("answer_token_id"));
    }

    /// See [Kosmos2#of].
    public static Kosmos2 kosmos2(GgufFile file) {
        Metadata keys = keys(file, "kosmos2");
        return new Kosmos2(
                tokenizer(file).integer("bos_token_id"),
                keys.integer("image_start_token_id"),
                keys.integer("image_end_token_id"),
                keys.integer("vision.latent_query_count"));
    }

    private static Metadata keys(GgufFile file, String architecture) {
        if (!file.architecture().equals(Optional.of(architecture))) {
            throw new InvalidFile(file.path() + " is no " + architecture + ", but "
                    + file.architecture().orElse("of no architecture"));
        }
        return Metadata.of(file);
    }

    private static Metadata tokenizer(GgufFile file) {
        return new Metadata(file, "tokenizer.ggml.");
    }
}
