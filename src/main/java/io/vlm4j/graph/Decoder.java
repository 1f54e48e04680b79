package io.vlm4j.graph;

import io.vlm4j.Vlm4jException;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.graph.internal.DecoderImpl;
import io.vlm4j.tensor.Tensor;

/// A decoder with its memory: it sees rows one after the other and says what token comes next.
///
/// A graph is built for a number of rows and a stretch of memory, and computed again as long as both stay the same: for
/// single tokens, 256 times.
///
/// {@snippet class="io.vlm4j.snippets.GraphSnippets" region="decode"}
///
/// - **Owner**: belongs to its [Weights], which close it with themselves.
/// - **Threads**: one thread at a time; another is refused. [#interrupt()] is for any.
/// - **Close**: frees memory and threads; later calls do nothing.
public sealed interface Decoder extends AutoCloseable permits DecoderImpl {
    /// What it is made of.
    Architecture architecture();

    /// The rows that fit into its memory.
    int contextLength();

    /// The rows that are in its memory: the position of the next.
    int position();

    /// Sees one token; its logits are then [#logits()].
    ///
    /// @throws IllegalArgumentException when there is no such token
    /// @throws Vlm4jException.ContextFull when its memory is full
    /// @throws Vlm4jException.Cancelled after [#interrupt()]; its memory is as before
    void decode(int token);

    /// Sees rows; the logits of the last are then [#logits()].
    ///
    /// @throws IllegalArgumentException when there is no such token, or embeddings have another width
    /// @throws Vlm4jException.ContextFull when they do not fit into its memory; it is as before
    /// @throws Vlm4jException.Cancelled after [#interrupt()]; its memory is as before
    void decode(InputRows rows);

    /// The same, with what is computed on the way. An input longer than a batch needs memory for the attentions of all.
    ///
    /// @throws IllegalArgumentException also when the output does not fit into arrays
    DecoderOutput decode(InputRows rows, Wanted wanted);

    /// The logits after the row that was seen last: `F32` `[vocabulary]`, of memory that the next call changes.
    ///
    /// @throws IllegalStateException when nothing was seen yet
    Tensor logits();

    /// Forgets all rows from this position on.
    ///
    /// @throws IllegalArgumentException when it is not from 0 to [#position()]
    void truncate(int position);

    /// Ends what is being evaluated with [Vlm4jException.Cancelled]; when nothing is, what comes next.
    void interrupt();

    @Override
    void close();
}
