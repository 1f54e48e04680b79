package io.vlm4j.scheduling;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.scheduling.internal.SchedulerImpl;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Generates for many callers at a time with one model and one context.
///
/// Every pass of the model computes the next token of each running generation, and beside them at most
/// [SchedulerOptions#prefillTokens()] tokens of new prompts. Pictures are encoded by a thread of their own
/// meanwhile. So whoever comes anew lets the others' tokens come later, but never stops them.
///
/// {@snippet class="io.vlm4j.snippets.SchedulingSnippets" region="submit"}
///
/// - **Owner**: whoever started it.
/// - **Threads**: thread-safe. Native work is done by threads of its own, so that callers may be virtual threads.
/// - **Close**: cancels what waits and runs, waits for the step under way, and frees the context; once. The model and
///   the projector stay open, and closing the model closes the scheduler first.
public sealed interface Scheduler extends AutoCloseable permits SchedulerImpl {
    /// @param projector may be `null` when no prompt has pictures or sounds
    /// @throws Vlm4jException.ModelLoad when the context cannot be made
    static Scheduler start(Model model, @Nullable Projector projector, SchedulerOptions options) {
        return SchedulerImpl.start(model, projector, options);
    }

    /// Puts a generation into the queue. Returns at once: pictures are decoded and prompts tokenized by the scheduler.
    ///
    /// @throws Vlm4jException.Overloaded when too many wait already
    /// @throws IllegalStateException when the scheduler is draining or closed
    ScheduledGeneration submit(GenerationRequest request);

    Model model();

    Optional<Projector> projector();

    SchedulerOptions options();

    /// Most tokens of a prompt and its answer together: the whole context's, as long as the model was trained for so
    /// many, and an equal part of it in any case. When several outgrow the context together, the one that came last
    /// gives way and goes on later with what it has; nobody's answer is cut for it.
    int slotLength();

    SchedulerStatus status();

    /// Takes nothing new from now on, and waits until all that was submitted is done.
    ///
    /// @return whether it is, before the time was over; if not, the rest goes on until [#close()]
    boolean drain(Duration time) throws InterruptedException;

    @Override
    void close();
}
