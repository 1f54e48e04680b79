package io.vlm4j.graph;

import io.vlm4j.Vlm4jException;
import io.vlm4j.graph.internal.ImageEncoderImpl;
import io.vlm4j.tensor.Tensor;

/// The part of a model that makes rows for its decoder of a prepared picture.
///
/// | architecture | pixels | rows |
/// |---|---|---|
/// | `fuyu` | patches `[n, patch * patch * 3]`, each row, column, channel | `[n, width]`: each patch by itself |
/// | `kosmos2` | `[1, 3, size, size]` | `[queries, width]`: what a CLIP tower saw, asked by learned queries |
///
/// - **Owner**: belongs to its [Weights], which close it with themselves.
/// - **Threads**: one thread at a time; another is refused. [#interrupt()] is for any.
/// - **Close**: frees memory and threads; later calls do nothing.
public sealed interface ImageEncoder extends AutoCloseable permits ImageEncoderImpl {
    /// @param pixels F32, see the table
    /// @return F32 rows on the heap, see the table
    /// @throws IllegalArgumentException for another type or shape
    /// @throws Vlm4jException.Cancelled after [#interrupt()]
    Tensor encode(Tensor pixels);

    /// The layers of the tower after the last of them, before its final norm: `F32` `[rows, width of the tower]`, the
    /// class token first.
    ///
    /// @throws IllegalArgumentException for another type or shape, or when there is no tower
    /// @throws Vlm4jException.Cancelled after [#interrupt()]
    Tensor towerStates(Tensor pixels);

    /// Ends what is being encoded with [Vlm4jException.Cancelled]; when nothing is, what comes next.
    void interrupt();

    @Override
    void close();
}
