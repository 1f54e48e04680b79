package io.vlm4j.scheduling;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.scheduling.internal.ScheduledGenerationImpl;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/// A generation that was submitted: waiting, running or done. Its events are read by one reader, in one of three ways
/// (blocking, published, or not at all); the future works beside each.
///
/// - **Owner**: whoever submitted it.
/// - **Threads**: thread-safe; any kind of thread may wait, virtual ones as well.
/// - **Close**: cancels it when it is not done, and frees its slot. One that nobody refers to any more is cancelled as
///   well, unless its future was asked for or it has a subscriber.
public sealed interface ScheduledGeneration extends AutoCloseable permits ScheduledGenerationImpl {
    /// Waits for the next event; `null` after the last, which is a [GenerationEvent.Finished].
    ///
    /// @throws Vlm4jException              why it failed
    /// @throws InterruptedException        when the waiting thread was interrupted; the generation goes on
    /// @throws IllegalStateException       when it has another reader
    @org.jspecify.annotations.Nullable
    GenerationEvent next() throws InterruptedException;

    /// The events for one subscriber, as many as it asks for. Its cancelling cancels the generation.
    Flow.Publisher<GenerationEvent> publisher();

    /// The result, or a [Vlm4jException]. Cancelling the future cancels the generation.
    CompletableFuture<Generation> future();

    /// Asks for the end: at the next step it finishes as cancelled, or at once when it waits.
    void cancel();

    /// As [#cancel()].
    @Override
    void close();
}
