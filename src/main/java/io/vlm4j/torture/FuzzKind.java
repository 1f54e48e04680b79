package io.vlm4j.torture;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What is mutated.
public enum FuzzKind {
    /// GGUF files of text models.
    TEXT(".gguf"),
    /// GGUF files of projectors.
    MMPROJ(".gguf"),
    /// PNG, JPEG, GIF, BMP and WebP files.
    IMAGE(".image"),
    /// GBNF grammars.
    GRAMMAR(".gbnf"),
    /// JSON schemas.
    SCHEMA(".json"),
    /// Chat templates.
    TEMPLATE(".jinja"),
    /// GGUF files of LoRA adapters and control vectors.
    ADAPTER(".gguf"),
    /// Files of saved conversations.
    SESSION(".chat"),
    /// Ids, positions, masks, lengths of batches, settings of samplers.
    TOKENS(".seed"),
    /// Calls of the API in any order and from two threads, after closing too.
    CALLS(".seed");

    private final String suffix;

    FuzzKind(String suffix) {
        this.suffix = suffix;
    }

    /// Its name on the command line.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// How files of it end.
    public String suffix() {
        return suffix;
    }

    /// @throws IllegalArgumentException for a name that none has
    public static FuzzKind of(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no kind '" + label + "'; there are "
                        + Arrays.stream(values()).map(FuzzKind::label).collect(Collectors.joining(", "))));
    }
}
