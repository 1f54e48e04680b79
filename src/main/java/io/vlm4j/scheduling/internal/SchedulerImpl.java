package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.scheduling.SchedulerStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One generation after the other, on a thread of its own.
public final class SchedulerImpl implements Scheduler {
    private final Model model;
    private final @Nullable Projector projector;
    private final SchedulerOptions options;
    private final InferenceContext context;
    private final Generator generator;
    private final Deque<Task> queue = new ArrayDeque<>(); // guarded by this
    private final Thread thread;
    private int running; // guarded by this, as all that follows
    private boolean draining;
    private boolean closed;
    private long finished;
    private long cancelled;
    private long failed;
    private long refused;
    private long promptTokens;
    private long reusedTokens;
    private long generatedTokens;

    private SchedulerImpl(Model model, @Nullable Projector projector, SchedulerOptions options) {
        this.model = model;
        this.projector = projector;
        this.options = options;
        this.context = InferenceContext.create(model, options.context());
        this.generator = new Generator(context, projector);
        this.thread = Thread.ofPlatform().name("vlm4j-scheduler").daemon().unstarted(this::work);
    }

    public static SchedulerImpl start(Model model, @Nullable Projector projector, SchedulerOptions options) {
        SchedulerImpl made = new SchedulerImpl(model, projector, options);
        made.thread.start();
        return made;
    }

    @Override
    public synchronized ScheduledGeneration submit(GenerationRequest request) {
        if (draining || closed) {
            throw new IllegalStateException("the scheduler takes nothing new");
        }
        if (queue.size() >= options.queue() + (running == 0 ? 1 : 0)) {
            refused++;
            throw new Vlm4jException.Overloaded(queue.size() + " requests wait already");
        }
        Task task = new Task(request);
        queue.add(task);
        notifyAll();
        return task;
    }

    private void work() {
        while (true) {
            Task task;
            synchronized (this) {
                while (queue.isEmpty() && !closed) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        return;
                    }
                }
                if (closed) {
                    return;
                }
                task = queue.remove();
                running = 1;
            }
            task.run();
            synchronized (this) {
                running = 0;
                finished++;
                notifyAll();
            }
        }
    }

    private synchronized void count(Generation generation) {
        cancelled += generation.finishReason() == FinishReason.CANCELLED ? 1 : 0;
        promptTokens += generation.usage().promptTokens();
        reusedTokens += generation.usage().reusedTokens();
        generatedTokens += generation.usage().completionTokens();
    }

    private final class Task implements ScheduledGeneration {
        private final GenerationRequest request;
        private final Cancellation cancellation = new Cancellation();
        private final CompletableFuture<Generation> future = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                Task.this.cancel();
                return super.cancel(mayInterrupt);
            }
        };
        private final Deque<GenerationEvent> events = new ArrayDeque<>(); // guarded by this
        private @Nullable RuntimeException failure;
        private boolean done;

        Task(GenerationRequest request) {
            this.request = request;
        }

        void run() {
            try (GenerationStream stream = request.conversation()
                    .map(chat -> generator.stream(chat, request.options(), cancellation))
                    .orElseGet(() -> generator.stream(request.prompt(), request.options(), cancellation))) {
                while (stream.hasNext()) {
                    GenerationEvent event = stream.next();
                    add(event);
                    if (event instanceof GenerationEvent.Finished end) {
                        count(end.generation());
                        future.complete(end.generation());
                    }
                }
            } catch (RuntimeException e) {
                fail(e);
            }
        }

        private synchronized void add(GenerationEvent event) {
            events.add(event);
            done = event instanceof GenerationEvent.Finished;
            notifyAll();
        }

        private void fail(RuntimeException e) {
            synchronized (SchedulerImpl.this) {
                failed++;
            }
            synchronized (this) {
                failure = e;
                done = true;
                notifyAll();
            }
            future.completeExceptionally(e);
        }

        @Override
        public synchronized @Nullable GenerationEvent next() throws InterruptedException {
            while (events.isEmpty() && !done) {
                wait();
            }
            if (events.isEmpty() && failure != null) {
                throw failure;
            }
            return events.poll();
        }

        @Override
        public Flow.Publisher<GenerationEvent> publisher() {
            SubmissionPublisher<GenerationEvent> publisher = new SubmissionPublisher<>();
            Thread.ofVirtual().start(() -> {
                try (publisher) {
                    for (GenerationEvent event = next(); event != null; event = next()) {
                        publisher.submit(event);
                    }
                } catch (InterruptedException | RuntimeException e) {
                    publisher.closeExceptionally(e);
                }
            });
            return publisher;
        }

        @Override
        public CompletableFuture<Generation> future() {
            return future;
        }

        @Override
        public void cancel() {
            cancellation.cancel();
        }

        @Override
        public void close() {
            cancel();
        }
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public Optional<Projector> projector() {
        return Optional.ofNullable(projector);
    }

    @Override
    public SchedulerOptions options() {
        return options;
    }

    @Override
    public int slotLength() {
        return context.contextLength();
    }

    @Override
    public synchronized SchedulerStatus status() {
        return new SchedulerStatus(
                1,
                running,
                queue.size(),
                finished,
                cancelled,
                failed,
                refused,
                promptTokens,
                reusedTokens,
                generatedTokens,
                0,
                0,
                context.tokens(),
                context.contextLength());
    }

    @Override
    public synchronized boolean drain(Duration time) throws InterruptedException {
        draining = true;
        long end = System.nanoTime() + time.toNanos();
        while (running > 0 || !queue.isEmpty()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            queue.forEach(task -> task.fail(new Vlm4jException.Cancelled("the scheduler was closed")));
            queue.clear();
            notifyAll();
        }
        context.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        context.close();
    }
}
