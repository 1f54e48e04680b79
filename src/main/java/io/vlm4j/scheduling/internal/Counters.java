package io.vlm4j.scheduling.internal;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.scheduling.SchedulerStatus;
import java.util.concurrent.atomic.AtomicLong;

/// What a scheduler has done so far. Thread-safe.
final class Counters {
    private final AtomicLong finished = new AtomicLong();
    private final AtomicLong cancelled = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong promptTokens = new AtomicLong();
    private final AtomicLong reusedTokens = new AtomicLong();
    private final AtomicLong generatedTokens = new AtomicLong();
    private final AtomicLong imagesEncoded = new AtomicLong();
    private final AtomicLong imagesCached = new AtomicLong();

    void refused() {
        refused.incrementAndGet();
    }

    void begun(int prompt, int reused) {
        promptTokens.addAndGet(prompt);
        reusedTokens.addAndGet(reused);
    }

    void finished(FinishReason reason, int tokens) {
        finished.incrementAndGet();
        if (reason == FinishReason.CANCELLED) {
            cancelled.incrementAndGet();
        }
        generatedTokens.addAndGet(tokens);
    }

    void failed(int tokens) {
        finished.incrementAndGet();
        failed.incrementAndGet();
        generatedTokens.addAndGet(tokens);
    }

    void image(boolean cached) {
        (cached ? imagesCached : imagesEncoded).incrementAndGet();
    }

    SchedulerStatus status(int slots, int running, int waiting, int cells, int contextLength) {
        return new SchedulerStatus(
                slots,
                running,
                waiting,
                finished.get(),
                cancelled.get(),
                failed.get(),
                refused.get(),
                promptTokens.get(),
                reusedTokens.get(),
                generatedTokens.get(),
                imagesEncoded.get(),
                imagesCached.get(),
                cells,
                contextLength);
    }
}
