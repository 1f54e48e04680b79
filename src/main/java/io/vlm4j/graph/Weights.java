package io.vlm4j.graph;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.graph.internal.WeightsImpl;
import java.nio.file.Path;

/// The tensors of a GGUF file as leaves of graphs, of any type that ggml has.
///
/// - **Owner**: owns the mapping of the file, copies of weights if there are any, and the decoders made from it.
/// - **Threads**: immutable and thread-safe; any thread may close it.
/// - **Close**: closes its decoders, then frees everything; later calls do nothing.
public sealed interface Weights extends AutoCloseable permits WeightsImpl {
    /// As [#open(Path, WeightOptions)] with the defaults.
    static Weights open(Path path) {
        return open(path, WeightOptions.defaults());
    }

    /// Maps a file.
    ///
    /// @throws InvalidFile when it is no valid GGUF file, or one of several parts of a model
    /// @throws IllegalArgumentException when there is no such device
    /// @throws Vlm4jException.ModelLoad when there is not enough memory
    static Weights open(Path path, WeightOptions options) {
        return WeightsImpl.open(path, options);
    }

    /// The file that they are in; it belongs to the weights.
    GgufFile file();

    /// The bytes of weights that were copied from the file; 0 when all of them are used where they are.
    long copiedBytes();

    /// Makes a decoder of these weights, which they own.
    ///
    /// @throws InvalidFile naming a tensor that the architecture needs and the file lacks, or has in another shape
    /// @throws IllegalArgumentException when the architecture has no vocabulary, or is not causal
    Decoder newDecoder(Architecture architecture, DecoderOptions options);

    /// Makes the image encoder of these weights, which they own.
    ///
    /// @param threads of the CPU
    /// @throws InvalidFile when the file is of an architecture without one, or lacks a key of it
    ImageEncoder newImageEncoder(int threads);

    @Override
    void close();
}
