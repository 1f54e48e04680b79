package io.vlm4j.scheduling.internal;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.scheduling.ScheduledGeneration;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// What a caller holds of a generation. The scheduler does not refer to it, so that one that nobody holds any more
/// is noticed.
public final class ScheduledGenerationImpl implements ScheduledGeneration {
    private final EventBuffer events;
    private final Cleaner.Cleanable watch;

    ScheduledGenerationImpl(EventBuffer events, Cleaner cleaner) {
        this.events = events;
        this.watch = cleaner.register(this, events::abandoned);
    }

    @Override
    public @Nullable GenerationEvent next() throws InterruptedException {
        try {
            return events.next();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /// Instead of waiting for events: has the reader told, now and whenever there may be one more, on the scheduler's
    /// thread, which must not be kept.
    public void wake(Runnable action) {
        events.wake(action);
    }

    /// The next event, or `null` when there is none yet, or none any more.
    ///
    /// @throws RuntimeException why the generation failed, after its last event
    public @Nullable GenerationEvent poll() {
        return events.poll();
    }

    @Override
    public Flow.Publisher<GenerationEvent> publisher() {
        return subscriber -> {
            Objects.requireNonNull(subscriber, "subscriber");
            try {
                if (events.beRead()) {
                    EventSubscription.start(events, subscriber);
                } else {
                    EventSubscription.refuse(subscriber);
                }
            } finally {
                Reference.reachabilityFence(this);
            }
        };
    }

    @Override
    public CompletableFuture<Generation> future() {
        return events.future();
    }

    @Override
    public void cancel() {
        events.cancel();
    }

    @Override
    public void close() {
        events.cancel();
        watch.clean();
    }
}
