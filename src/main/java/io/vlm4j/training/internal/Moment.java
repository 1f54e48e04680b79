package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphTensor;
import java.util.Optional;

/// A running mean that the optimizer keeps of each number of a tensor.
///
/// @param numbers in F32, or codes of 8 bits
/// @param scales  of each [#BLOCK] codes, in F32
record Moment(GraphTensor numbers, Optional<GraphTensor> scales) {
    static final long BLOCK = 256;

    boolean isCoded() {
        return scales.isPresent();
    }

    static long blocks(long numbers) {
        return (numbers + BLOCK - 1) / BLOCK;
    }
}
