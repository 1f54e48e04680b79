package io.vlm4j.scheduling.internal;

import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The threads that tokenize prompts and decode pictures, beside the one that evaluates.
final class Preparation implements AutoCloseable {
    private static final int THREADS = 2;

    /// What becomes of a job.
    interface Outcome {
        void prepared(Job job, PreparedPrompt prompt);

        void failed(Job job, RuntimeException failure);
    }

    private final Model model;
    private final @Nullable Projector projector;
    private final int longest;
    private final Outcome outcome;
    private final ExecutorService threads = Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("vlm4j-prepare-", 0).daemon().factory());

    /// @param outcome told by the threads of the preparation
    Preparation(Model model, @Nullable Projector projector, int longest, Outcome outcome) {
        this.model = model;
        this.projector = projector;
        this.longest = longest;
        this.outcome = outcome;
    }

    /// For any thread. Nothing comes of it after [#close].
    void begin(Job job) {
        try {
            threads.execute(() -> prepare(job));
        } catch (RejectedExecutionException closed) {
            // whoever closes it finishes the jobs that wait
        }
    }

    private void prepare(Job job) {
        if (job.isCancelled()) {
            return; // the scheduler's thread has finished it, or will
        }
        try {
            outcome.prepared(job, PreparedPrompt.of(job, model, projector, longest));
        } catch (RuntimeException e) {
            outcome.failed(job, e);
        } catch (Error e) {
            outcome.failed(job, new IllegalStateException("cannot prepare a prompt: " + e, e));
        }
    }

    /// Waits for what is under way.
    @Override
    public void close() {
        threads.shutdown();
        boolean interrupted = false;
        while (!threads.isTerminated()) {
            try {
                threads.awaitTermination(1, TimeUnit.HOURS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
