package io.vlm4j.processing;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/// How a [Processor] works where a model's files leave it open. An immutable value.
///
/// @param images       how pictures are prepared; empty: as the projector's metadata says
/// @param imageToken   the id that marks image positions; empty: the vocabulary's own (`<image>` and its kind), or
///     [#ORIGINAL_LLAVA] when it has none
/// @param paddingToken the id that shorter examples are filled up with; empty: the vocabulary's padding token, or its
///     end of sequence, or 0
/// @param padding      the side on which they are filled up
/// @param tokenTypes   whether `tokenTypeIds` are made, 1 for image positions and 0 for the rest; empty: for Gemma 3,
///     whose processor does so
public record ProcessorOptions(
        Optional<ImageProcessor> images,
        OptionalInt imageToken,
        OptionalInt paddingToken,
        Padding padding,
        Optional<Boolean> tokenTypes) {
    /// What marks image positions when the vocabulary has no token for it: the number that the original LLaVA uses. No
    /// model looks it up.
    public static final int ORIGINAL_LLAVA = -200;

    public ProcessorOptions {
        Objects.requireNonNull(images, "images");
        Objects.requireNonNull(imageToken, "imageToken");
        Objects.requireNonNull(paddingToken, "paddingToken");
        Objects.requireNonNull(padding, "padding");
        Objects.requireNonNull(tokenTypes, "tokenTypes");
    }

    /// What the files say, and padding on the right.
    public static ProcessorOptions defaults() {
        return new ProcessorOptions(
                Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), Padding.RIGHT, Optional.empty());
    }

    public ProcessorOptions withImages(ImageProcessor value) {
        return new ProcessorOptions(Optional.of(value), imageToken, paddingToken, padding, tokenTypes);
    }

    public ProcessorOptions withImageToken(int value) {
        return new ProcessorOptions(images, OptionalInt.of(value), paddingToken, padding, tokenTypes);
    }

    public ProcessorOptions withPaddingToken(int value) {
        return new ProcessorOptions(images, imageToken, OptionalInt.of(value), padding, tokenTypes);
    }

    public ProcessorOptions withPadding(Padding value) {
        return new ProcessorOptions(images, imageToken, paddingToken, value, tokenTypes);
    }

    public ProcessorOptions withTokenTypes(boolean value) {
        return new ProcessorOptions(images, imageToken, paddingToken, padding, Optional.of(value));
    }
}
