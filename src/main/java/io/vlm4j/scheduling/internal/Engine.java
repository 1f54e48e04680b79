package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.MediaEmbeddings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The scheduler's thread: lets jobs in, makes one [Step] after the other, and sees jobs out. All state of jobs is this
/// thread's; other threads leave what they want in its [Inbox].
final class Engine implements Runnable, Step.Ends, Preparation.Outcome, MediaEncoder.Outcome {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /// Cells kept free for the answer of each running job when another is let in, at most.
    private static final int HEADROOM = 64;

    private final Slots slots;
    private final Inbox inbox;
    private final Counters counters;
    private final Runnable onEnd;
    private final Step step;
    private final Preparation preparation;
    private final MediaEncoder encoder;
    private final Callers callers = new Callers();
    private final List<Job> waiting = new ArrayList<>(); // for a slot
    private final List<Job> running = new ArrayList<>(); // in slots, in the order of admission
    private final PriorityQueue<Job> deadlines = new PriorityQueue<>(Comparator.comparingLong(Job::deadline));
    private final int ahead; // jobs that are prepared before there is a slot for them
    private final int headroom;
    private boolean changed; // who waits, or what there is for them
    private boolean following; // somebody waits for a prompt that is being evaluated
    private boolean stopped;
    private volatile int runningNow;
    private volatile int cellsNow;

    /// @param whole most tokens of prompts in a pass without generations
    /// @param onEnd told for each job that is over
    Engine(
            Model model,
            @Nullable Projector projector,
            Slots slots,
            int slotCount,
            int slotLength,
            Pace pace,
            int whole,
            Inbox inbox,
            Counters counters,
            Runnable onEnd) {
        this.slots = slots;
        this.inbox = inbox;
        this.counters = counters;
        this.onEnd = onEnd;
        this.step = new Step(slots, slotLength, pace, whole, this);
        this.preparation = new Preparation(model, projector, slotLength, this);
        this.encoder = new MediaEncoder(this);
        this.ahead = slotCount + 1;
        this.headroom = Math.min(HEADROOM, slots.context().contextLength() / (4 * slotCount));
    }

    @Override
    public void run() {
        encoder.start();
        try {
            while (!stopped) {
                boolean worked = inbox.work();
                try {
                    worked |= turn();
                } catch (RuntimeException | Error e) {
                    recover(e);
                    worked = true;
                }
                publish();
                if (!worked) {
                    inbox.await(deadlines.isEmpty() ? Long.MAX_VALUE / 2 + System.nanoTime() : nextDeadline());
                }
            }
        } finally {
            end();
        }
    }

    private long nextDeadline() {
        return deadlines.element().deadline();
    }

    private boolean turn() {
        expire();
        if (changed || following) {
            changed = false;
            following = false;
            waiting.sort(Callers.ORDER);
            prepare();
            admit();
            if (!running.isEmpty()) {
                slots.parkIdle();
            }
            publish(); // before anybody hears of what comes of it
        }
        return step.run(running);
    }

    /// Something went wrong that nobody foresaw: what runs is lost, and what waits goes on.
    private void recover(Throwable cause) {
        LOG.error("the scheduler failed; {} running generations end with it", running.size(), cause);
        RuntimeException failure = cause instanceof RuntimeException known
                ? known
                : new Vlm4jException.Inference("the scheduler failed: " + cause, cause);
        List.copyOf(running).forEach(job -> fail(job, failure));
        try {
            slots.replace();
        } catch (RuntimeException e) {
            LOG.error("no other context can be made", e);
            List.copyOf(waiting).forEach(job -> fail(job, e));
        }
    }

    private void publish() {
        runningNow = running.size();
        cellsNow = slots.context().usedCells();
    }

    int running() {
        return runningNow;
    }

    int cells() {
        return cellsNow;
    }

    /// For any thread: interrupts what is being evaluated, for this job alone if it is so.
    void interruptFor(Job job) {
        if (step.isOnlyFor(job)) {
            slots.interrupt();
        }
    }

    /// For any thread: has a job prepared that is about to [#arrive], and does not have it wait for the pass under way.
    void prepareEarly(Job job) {
        job.stage(Job.Stage.PREPARING);
        inbox.add(() -> arrive(job));
        preparation.begin(job);
    }

    void arrive(Job job) {
        job.caller(callers.join(job.request().caller()));
        waiting.add(job);
        if (job.deadline() != Long.MAX_VALUE) {
            deadlines.add(job);
        }
        changed = true;
    }

    void cancel(Job job) {
        if (job.stage() != Job.Stage.OVER) {
            finish(job, FinishReason.CANCELLED);
        }
    }

    void stop() {
        stopped = true;
    }

    private void expire() {
        while (!deadlines.isEmpty() && nextDeadline() - System.nanoTime() <= 0) {
            Job job = deadlines.remove();
            if (job.stage() == Job.Stage.OVER) {
                continue;
            }
            if (job.isPrepared() && job.prepared().answer().count() > 0) {
                finish(job, FinishReason.CANCELLED);
            } else {
                fail(
                        job,
                        new Vlm4jException.DeadlineExceeded("the time of "
                                + job.request().deadline().orElse(Duration.ZERO)
                                + " was over before an answer had begun"));
            }
        }
    }

    /// Has the next ones prepared, those who come first at the moment.
    private void prepare() {
        for (int i = 0; i < Math.min(ahead, waiting.size()); i++) {
            Job job = waiting.get(i);
            if (job.stage() == Job.Stage.QUEUED) {
                job.stage(Job.Stage.PREPARING);
                preparation.begin(job);
            }
        }
    }

    private void admit() {
        Job expected = null; // the most urgent that will be ready in a moment
        for (int i = 0; i < waiting.size() && !slots.areTaken(); i++) {
            Job job = waiting.get(i);
            if (job.stage() != Job.Stage.READY) {
                expected = expected == null && job.isReadySoon() ? job : expected;
                continue;
            }
            if (expected != null && job.isLessUrgentThan(expected)) {
                return; // or it would have the slot for as long as it likes
            }
            if (slots.isOnTheWay(job)) {
                following = true;
                continue;
            }
            try {
                if (!isEncoded(job)) {
                    continue;
                }
            } catch (RuntimeException e) { // its projector is closed or damaged
                fail(job, e);
                i--;
                continue;
            }
            int reserve = 0;
            for (Job other : running) {
                reserve += other.pending() + headroom;
            }
            if (!slots.admit(job, reserve)) {
                return; // nobody overtakes it
            }
            waiting.remove(i--);
            running.add(job);
            int reused = slots.context().contents(job.slot()).size();
            askForMedia(job, reused);
            if (job.prepared().answer().count() == 0) {
                job.prepared().figures().reused(reused);
                counters.begun(job.prepared().prompt().tokens(), reused);
                job.charge(reused);
            }
            changed = true; // another may be prepared
        }
    }

    /// Whether the first picture that the job needs is encoded, if it needs one.
    private boolean isEncoded(Job job) {
        List<Medium> media = job.prepared().media();
        if (media.isEmpty()) {
            return true;
        }
        int there = slots.longestPrefix(job);
        askForMedia(job, there);
        List<Contents.Media> places = job.prepared().target().media();
        for (int i = 0; i < media.size(); i++) {
            if (places.get(i).cell() >= there) {
                return media.get(i).embeddings() != null;
            }
        }
        return true;
    }

    /// Has the pictures encoded that begin at this cell or later.
    private void askForMedia(Job job, int from) {
        List<Medium> media = job.prepared().media();
        List<Contents.Media> places = job.prepared().target().media();
        for (int i = 0; i < media.size(); i++) {
            Medium medium = media.get(i);
            if (places.get(i).cell() >= from && medium.ask()) {
                long start = System.nanoTime();
                Optional<MediaEmbeddings> remembered = medium.held()
                        .or(() -> medium.projector()
                                .remembered(medium.prepared(), medium.chunk().contentId()));
                if (remembered.isPresent()) {
                    give(medium, remembered.get(), Duration.ofNanos(System.nanoTime() - start));
                } else {
                    encoder.add(medium);
                }
            }
        }
    }

    @Override
    public void prepared(Job job, PreparedPrompt prompt) {
        inbox.add(() -> {
            if (job.stage() == Job.Stage.OVER) {
                prompt.close();
                return;
            }
            job.prepared(prompt);
            changed = true;
        });
    }

    @Override
    public void failed(Job job, RuntimeException failure) {
        inbox.add(() -> fail(job, failure));
    }

    @Override
    public void encoded(Medium medium, MediaEmbeddings embeddings, Duration time) {
        inbox.add(() -> give(medium, embeddings, time));
    }

    private void give(Medium medium, MediaEmbeddings embeddings, Duration time) {
        medium.give(embeddings);
        Job job = medium.job();
        counters.image(embeddings.cached());
        if (job.stage() == Job.Stage.OVER) {
            closePrompt(job);
            return;
        }
        job.prepared().figures().encoded(medium.chunk().tokens(), time, embeddings.cached());
        job.events().put(new GenerationEvent.MediaEncoded(medium.chunk().tokens(), time, embeddings.cached()));
        changed = true;
    }

    @Override
    public void failed(Medium medium, RuntimeException failure) {
        inbox.add(() -> {
            medium.give(null);
            if (medium.job().stage() == Job.Stage.OVER) {
                closePrompt(medium.job());
            } else {
                fail(medium.job(), failure);
            }
        });
    }

    @Override
    public void finish(Job job, FinishReason reason) {
        counters.finished(reason, tokens(job));
        leave(job);
        job.finish(reason); // last: whoever is told finds the slot free
        onEnd.run();
    }

    @Override
    public void fail(Job job, RuntimeException failure) {
        if (job.stage() == Job.Stage.OVER) {
            return;
        }
        counters.failed(tokens(job));
        leave(job);
        job.events().fail(failure);
        onEnd.run();
    }

    private static int tokens(Job job) {
        return job.isPrepared() ? job.prepared().answer().count() : 0;
    }

    @Override
    public void suspend(Job job) {
        running.remove(job);
        slots.release(job, Job.Stage.READY);
        waiting.add(job);
        changed = true;
    }

    private void leave(Job job) {
        if (job.stage() == Job.Stage.RUNNING) {
            running.remove(job);
            slots.release(job, Job.Stage.OVER);
        } else {
            waiting.remove(job);
            job.stage(Job.Stage.OVER);
        }
        if (job.deadline() != Long.MAX_VALUE) {
            deadlines.remove(job);
        }
        callers.leave(job.caller());
        closePrompt(job);
        changed = true;
        publish();
    }

    /// Frees what a job that is over had, or leaves that to the encoder's next message.
    private static void closePrompt(Job job) {
        if (job.isPrepared() && !job.prepared().isBeingEncoded()) {
            job.prepared().close();
        }
    }

    /// Ends everything.
    private void end() {
        inbox.work(); // whoever arrived last
        List.copyOf(running).forEach(job -> finish(job, FinishReason.CANCELLED));
        List.copyOf(waiting).forEach(job -> finish(job, FinishReason.CANCELLED));
        preparation.close();
        encoder.close();
        inbox.work(); // what they were still at work on
        publish();
        slots.close();
    }
}
