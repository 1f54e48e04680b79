package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.natives.ggml.GraphTensor;

/// Where a graph gets its weights, by name. They may be those of a file, or others that are being trained.
interface Leaves {
    /// @param dimensions the shape that it must have, outermost first
    /// @throws InvalidFile when there is none of that name and shape
    GraphTensor weight(String name, long... dimensions);

    boolean has(String name);
}
