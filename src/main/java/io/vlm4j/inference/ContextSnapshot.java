package io.vlm4j.inference;

import io.vlm4j.inference.internal.ContextSnapshotImpl;
import io.vlm4j.model.Model;

/// A copy of what a context remembers, in memory of its own: text and pictures with all that was computed of them.
/// Made by [InferenceContext#snapshot()], and put back by [InferenceContext#restore].
///
/// - **Owner**: whoever made it; it may outlive the context.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: frees it once; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface ContextSnapshot extends AutoCloseable permits ContextSnapshotImpl {
    Model model();

    /// What it was computed with. Borrowed: once one of them is closed, it cannot be put back.
    Adapters adapters();

    /// Cells that it fills.
    int tokens();

    /// Native memory that it takes.
    long sizeInBytes();

    @Override
    void close();
}
