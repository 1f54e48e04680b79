package io.vlm4j.scheduling.internal;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.generation.internal.Probabilities;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.internal.SharedContext;
import io.vlm4j.scheduling.GenerationRequest;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One generation on its way through the scheduler. Of the scheduler's thread, but for its events.
final class Job implements Probabilities.Source {
    /// Where it is.
    enum Stage {
        QUEUED,
        PREPARING,
        READY,
        RUNNING,
        OVER
    }

    static final int NO_SLOT = -1;

    private static final Duration LONGEST = Duration.ofDays(36_500); // more nanoseconds are no long

    private final GenerationRequest request;
    private final long number;
    private final long deadline;
    private final EventBuffer events;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private Callers.@Nullable Caller caller;
    private Stage stage = Stage.QUEUED;
    private @Nullable PreparedPrompt prepared;
    private int slot = NO_SLOT;
    private @Nullable SharedContext context; // that its slot is in
    private int row; // of the last batch that its next token is chosen by
    private long admitted; // which of all admissions; 0: none yet
    private long step; // the last that it took part in
    private int charged; // cells that its caller was charged for

    /// @param number   of all jobs, in the order of arrival
    /// @param onCancel told once
    Job(GenerationRequest request, long number, Consumer<Job> onCancel) {
        this.request = request;
        this.number = number;
        this.deadline = request.deadline()
                .map(time -> System.nanoTime() + (time.compareTo(LONGEST) < 0 ? time.toNanos() : LONGEST.toNanos()))
                .orElse(Long.MAX_VALUE);
        this.events = new EventBuffer(() -> {
            if (cancelled.compareAndSet(false, true)) {
                onCancel.accept(this);
            }
        });
    }

    GenerationRequest request() {
        return request;
    }

    long number() {
        return number;
    }

    /// In the system's nano time; `Long.MAX_VALUE` for none.
    long deadline() {
        return deadline;
    }

    EventBuffer events() {
        return events;
    }

    boolean isCancelled() {
        return cancelled.get();
    }

    Callers.Caller caller() {
        return Objects.requireNonNull(caller);
    }

    void caller(Callers.Caller whose) {
        caller = whose;
    }

    Stage stage() {
        return stage;
    }

    void stage(Stage now) {
        stage = now;
    }

    PreparedPrompt prepared() {
        return Objects.requireNonNull(prepared);
    }

    boolean isPrepared() {
        return prepared != null;
    }

    void prepared(PreparedPrompt ready) {
        prepared = ready;
        stage = Stage.READY;
    }

    /// Whether its prompt is being tokenized, and there is no picture or sound to decode.
    boolean isReadySoon() {
        return stage == Stage.PREPARING
                && request.prompt().images().isEmpty()
                && request.prompt().audios().isEmpty();
    }

    boolean isLessUrgentThan(Job other) {
        return request.priority().compareTo(other.request.priority()) < 0;
    }

    boolean reuses() {
        return request.options().reuse() != Reuse.NONE;
    }

    int slot() {
        return slot;
    }

    void enter(int index, SharedContext where, long admission) {
        slot = index;
        context = where;
        admitted = admission;
        stage = Stage.RUNNING;
    }

    /// Another context has taken the place of the one that its slot was in.
    void move(SharedContext where) {
        context = where;
    }

    /// Leaves its slot.
    void leave(Stage next) {
        slot = NO_SLOT;
        context = null;
        stage = next;
    }

    long admitted() {
        return admitted;
    }

    long step() {
        return step;
    }

    void step(long now) {
        step = now;
    }

    /// Cells of its prompt and its answer so far that are not evaluated.
    int pending() {
        SharedContext where = Objects.requireNonNull(context);
        return prepared().target().size() - where.contents(slot).size() - where.rows(slot);
    }

    /// Tokens that its answer may still get.
    int tokensLeft() {
        return request.options().maxTokens() - prepared().answer().count();
    }

    /// Whether its next token comes with the next step, whatever else is in it.
    boolean isGenerating() {
        return prepared().answer().count() > 0 && pending() == 1;
    }

    void row(int index) {
        row = index;
    }

    int row() {
        return row;
    }

    /// Charges the caller for the cells up to this one, each once.
    void charge(int cell) {
        if (cell > charged) {
            Callers.charge(this, cell - charged);
            charged = cell;
        }
    }

    @Override
    public void logProbabilities(int token, int[] ids, float[] values) {
        Objects.requireNonNull(context).logProbabilities(row, token, ids, values);
    }

    /// Tells the end.
    void finish(FinishReason reason) {
        if (prepared != null) {
            prepared.answer().finish(reason, prepared.figures(), Optional.empty());
            return;
        }
        Generation nothing = new Generation(
                "",
                List.of(),
                reason,
                new Usage(0, 0, 0, 0, 0),
                new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                List.of(),
                Optional.empty(),
                Optional.empty());
        events.put(new GenerationEvent.Finished(nothing));
    }
}
