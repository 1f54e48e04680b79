package io.vlm4j.graph;

/// Where the weights of a graph are while it is computed.
public enum WeightStorage {
    /// In the mapped file itself: opening reads nothing, and several processes share the memory. On a GPU they are
    /// copied all the same.
    MAPPED,
    /// Matrices are copied into the memory in which the device multiplies them fastest, if that is another: on a CPU
    /// quantized rows are packed anew, which makes them about 1.5 times as fast (Q4_0), as llama.cpp does.
    FASTEST
}
