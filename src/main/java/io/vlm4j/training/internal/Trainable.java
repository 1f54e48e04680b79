package io.vlm4j.training.internal;

import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Shape;
import org.jspecify.annotations.Nullable;

/// A tensor that is trained, in single precision, with what its optimizer remembers.
///
/// @param name     as the files that it is saved in call it
/// @param shape    outermost dimension first
/// @param decays   whether weight decay applies
/// @param weights  its numbers
/// @param gradient what was added up since the last step; null when each gradient is used at once, see [Steps]
/// @param first    the running mean of gradients
/// @param second   the running mean of their squares
record Trainable(
        String name,
        Shape shape,
        boolean decays,
        GraphTensor weights,
        @Nullable GraphTensor gradient,
        Moment first,
        Moment second) {
    long byteSize() {
        return shape.elementCount() * Float.BYTES;
    }
}
