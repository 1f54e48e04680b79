package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.internal.SharedContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.Offload;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.scheduling.SchedulerStatus;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The door of a scheduler: who may come in, and what is going on inside. The work is done by an [Engine] on its
/// own thread.
public final class SchedulerImpl implements Scheduler {
    private final ModelImpl model;
    private final @Nullable Projector projector;
    private final SchedulerOptions options;
    private final Slots slots;
    private final int slotLength;
    private final int contextLength;
    private final Inbox inbox = new Inbox();
    private final Counters counters = new Counters();
    private final Engine engine;
    private final Thread thread;
    private final Cleaner cleaner =
            Cleaner.create(Thread.ofPlatform().name("vlm4j-abandoned-", 0).factory());
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private int present; // jobs that are not over; guarded by the lock, as all that follows
    private long submitted;
    private boolean draining;
    private boolean closed;

    private SchedulerImpl(ModelImpl model, @Nullable Projector projector, SchedulerOptions options) {
        this.model = model;
        this.projector = projector;
        this.options = options;
        this.slots = new Slots(
                options.slots(),
                options.parkedBytes(),
                new CopyCost(model.offload() != Offload.NONE),
                () -> SharedContext.create(model, options.context(), options.slots()));
        SharedContext context = slots.context();
        this.contextLength = context.contextLength();
        this.slotLength =
                Math.min(contextLength, Math.max(model.trainedContextLength(), contextLength / options.slots()));
        int whole = Math.min(context.batchSize(), options.context().microBatchSize());
        this.engine = new Engine(
                model,
                projector,
                slots,
                options.slots(),
                slotLength,
                new Pace(Math.min(options.prefillTokens(), whole)),
                whole,
                inbox,
                counters,
                this::over);
        this.thread = Thread.ofPlatform().name("vlm4j-scheduler").daemon().unstarted(engine);
    }

    public static SchedulerImpl start(Model model, @Nullable Projector projector, SchedulerOptions options) {
        if (projector != null && projector.model() != model) {
            throw new IllegalArgumentException(projector + " belongs to another model than " + model);
        }
        ModelImpl owner = (ModelImpl) model;
        SchedulerOptions fitting = owner.graph().isPresent() ? options.withSlots(1) : options;
        SchedulerImpl made = owner.handle().newUser(() -> new SchedulerImpl(owner, projector, fitting));
        made.thread.start();
        return made;
    }

    @Override
    public ScheduledGeneration submit(GenerationRequest request) {
        lock.lock();
        try {
            if (draining || closed) {
                throw new IllegalStateException("the scheduler takes nothing new: it is being closed");
            }
            int most = options.slots() + options.queue();
            if (present >= most) {
                counters.refused();
                throw new Vlm4jException.Overloaded("%d generations run or wait already, which is the most for %d slots"
                                .formatted(present, options.slots())
                        + " and a queue of " + options.queue());
            }
            Job job = new Job(request, submitted++, this::cancel);
            present++;
            if (present <= options.slots()) {
                engine.prepareEarly(job); // there is a slot for it
            } else {
                inbox.add(() -> engine.arrive(job));
            }
            return new ScheduledGenerationImpl(job.events(), cleaner);
        } finally {
            lock.unlock();
        }
    }

    private void cancel(Job job) {
        inbox.add(() -> engine.cancel(job));
        engine.interruptFor(job);
    }

    private void over() {
        lock.lock();
        try {
            present--;
            if (present == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
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
        return slotLength;
    }

    @Override
    public SchedulerStatus status() {
        int running = engine.running();
        lock.lock();
        try {
            int waiting = Math.max(0, present - running);
            return counters.status(options.slots(), running, waiting, engine.cells(), contextLength);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean drain(Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            draining = true;
            long left = time.toNanos();
            while (present > 0 && left > 0) {
                left = idle.awaitNanos(left);
            }
            return present == 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("a scheduler cannot be closed from within a sampler that it runs");
        }
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                inbox.add(engine::stop);
                slots.interrupt();
            }
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return "scheduler with " + options.slots() + " slots for " + model;
    }
}
