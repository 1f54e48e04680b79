package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.internal.Figures;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.SharedContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One pass of the model: the next token of every generation, and parts of new prompts. Of the scheduler's thread.
///
/// While somebody waits for the next token of an answer, prompts get as much of a pass as its [Pace] allows, so that it
/// does not take much longer. Jobs with other adapters cannot be in the same pass; they take turns.
final class Step {
    /// Steps until others with other adapters are served: changing them makes native code plan its graphs anew.
    private static final int TURN = 4;

    /// What the end of a job is told to.
    interface Ends {
        void finish(Job job, FinishReason reason);

        void fail(Job job, RuntimeException failure);

        /// Puts a running job back into the queue, because there is no room for it.
        void suspend(Job job);
    }

    private final Slots slots;
    private final int slotLength;
    private final Pace pace;
    private final int whole;
    private final Ends ends;
    private final List<Job> group = new ArrayList<>(); // those whose turn it is
    private final List<Job> prompts = new ArrayList<>(); // of them, those whose prompt is not evaluated
    private final List<Job> batched = new ArrayList<>(); // that have tokens in the batch
    private final List<Job> chosen = new ArrayList<>(); // that get a token from it
    private Adapters adapters = Adapters.none();
    private int turn;
    private long number;
    private volatile @Nullable Job only; // that the evaluation under way is for

    /// @param pace  how many tokens of prompts there are beside generations
    /// @param whole most tokens of prompts when there are none
    Step(Slots slots, int slotLength, Pace pace, int whole, Ends ends) {
        this.slots = slots;
        this.slotLength = slotLength;
        this.pace = pace;
        this.whole = whole;
        this.ends = ends;
    }

    /// Whether the evaluation under way is for this job alone, so that it may be interrupted for it. For any thread.
    boolean isOnlyFor(Job job) {
        return only == job;
    }

    /// Makes a pass.
    ///
    /// @param running all that have a slot, in the order of admission
    /// @return `false` when there is nothing to do for any of them now
    boolean run(List<Job> running) {
        if (!chooseGroup(running)) {
            return false;
        }
        number++;
        SharedContext context = slots.context();
        try {
            context.use(adapters);
        } catch (RuntimeException e) {
            List.copyOf(group).forEach(job -> ends.fail(job, e));
            slots.replaceDamaged();
            return true;
        }
        if (makeRoom(running)) {
            pass(context, running);
        }
        return true;
    }

    /// Those of the running jobs that have something to do, and the same adapters.
    private boolean chooseGroup(List<Job> running) {
        Job next = null; // of the others, who has waited longest
        boolean current = false;
        for (Job job : running) {
            if (!isReady(job)) {
                continue;
            }
            if (isCurrent(job)) {
                current = true;
            } else if (next == null || job.step() < next.step()) {
                next = job;
            }
        }
        turn++;
        if (next != null && (!current || turn >= TURN)) {
            adapters = next.request().options().adapters();
            turn = 0;
        }
        group.clear();
        for (Job job : running) {
            if (isCurrent(job) && isReady(job)) {
                group.add(job);
            }
        }
        return !group.isEmpty();
    }

    private boolean isCurrent(Job job) {
        return adapters.equals(job.request().options().adapters());
    }

    /// Whether what comes next of a job can be evaluated: not while its picture is being encoded.
    private boolean isReady(Job job) {
        int cell = slots.context().contents(job.slot()).size();
        Contents target = job.prepared().target();
        return target.cell(cell) >= 0 || job.prepared().mediumAt(cell).embeddings() != null;
    }

    /// Frees cells for a token of each generation and for some of a prompt; if need be, the job that came last gives up
    /// its slot for now.
    ///
    /// @return `false` when one did
    private boolean makeRoom(List<Job> running) {
        int needed = 0;
        boolean prompt = false;
        for (Job job : group) {
            needed += job.isGenerating() ? 1 : 0;
            prompt |= !job.isGenerating();
        }
        if (slots.makeRoom(needed + (prompt ? 1 : 0))) {
            return true;
        }
        giveWay(running);
        return false;
    }

    /// There is no room for all of them: the job that came last gives up its slot for now.
    private void giveWay(List<Job> running) {
        Job last = running.getFirst();
        for (Job job : running) {
            last = job.admitted() > last.admitted() ? job : last;
        }
        if (running.size() > 1) {
            ends.suspend(last);
        } else {
            ends.finish(last, FinishReason.CONTEXT_FULL);
        }
    }

    private void pass(SharedContext context, List<Job> running) {
        context.begin();
        batched.clear();
        chosen.clear();
        prompts.clear();
        for (int i = 0; i < group.size(); i++) {
            Job job = group.get(i);
            job.step(number);
            if (!job.isGenerating()) {
                prompts.add(job);
            } else if (context.contents(job.slot()).size() >= slotLength) {
                ends.finish(job, FinishReason.CONTEXT_FULL);
            } else {
                add(context, job, context.contents(job.slot()).size());
            }
        }
        Job pictured = null;
        int rows = 0;
        if (!prompts.isEmpty()) {
            int generating = batched.size();
            int wanted = generating > 0 ? pace.beside(generating, textOf(context, prompts)) : whole;
            slots.makeRoom(generating + wanted); // as far as that goes
            int room = Math.min(context.batchSize(), context.freeCells()) - generating;
            int budget = Math.min(wanted, room);
            int pictures = generating > 0 ? pace.beside(generating, 0) : whole; // in a pass of their own
            prompts.sort(Callers.ORDER);
            for (int i = 0; i < prompts.size() && budget > 0; i++) {
                Job job = prompts.get(i);
                int cell = context.contents(job.slot()).size();
                if (job.prepared().target().cell(cell) >= 0) {
                    budget -= addText(context, job, cell, budget);
                } else if (pictured == null) {
                    rows = rowsOf(context, job, cell, Math.min(budget, pictures));
                    pictured = rows > 0 ? job : null;
                    budget -= rows;
                }
            }
        }
        if (!batched.isEmpty() && evaluate(context, running, pictured == null && batched.size() == 1)) {
            choose(context);
        }
        if (batched.isEmpty() && pictured == null && group.size() == prompts.size()) {
            giveWay(running); // nobody has room for what must be evaluated as a whole
        }
        if (pictured != null && !context.isDamaged() && pictured.stage() == Job.Stage.RUNNING) {
            evaluateRows(context, running, pictured, rows);
        }
        slots.replaceDamaged();
    }

    /// Tokens of those of the prompts that go on with text.
    private static int textOf(SharedContext context, List<Job> prompts) {
        int tokens = 0;
        for (int i = 0; i < prompts.size(); i++) {
            Job job = prompts.get(i);
            int cell = context.contents(job.slot()).size();
            tokens += job.prepared().target().cell(cell) >= 0 ? job.pending() : 0;
        }
        return tokens;
    }

    private void add(SharedContext context, Job job, int cell) {
        job.row(context.add(job.slot(), job.prepared().target().cell(cell), true));
        batched.add(job);
        chosen.add(job);
    }

    /// Adds text of a prompt to the batch.
    ///
    /// @return how many tokens
    private int addText(SharedContext context, Job job, int from, int most) {
        Contents target = job.prepared().target();
        int end = Math.min(target.size(), from + most);
        int cell = from;
        while (cell < end && target.cell(cell) >= 0) {
            boolean last = cell == target.size() - 1;
            int row = context.add(job.slot(), target.cell(cell), last);
            if (last) {
                job.row(row);
                chosen.add(job);
            }
            cell++;
        }
        batched.add(job);
        return cell - from;
    }

    /// How many rows of a picture are evaluated in this pass: all that are left when they see each other.
    private int rowsOf(SharedContext context, Job job, int cell, int budget) {
        Medium medium = job.prepared().mediumAt(cell);
        int left = medium.chunk().tokens() - context.rows(job.slot());
        if (medium.prepared().isCausal(medium.projector())) {
            return Math.min(left, budget);
        }
        return slots.makeRoom(context.batched() + left) ? left : 0;
    }

    /// @return whether there are logits now
    private boolean evaluate(SharedContext context, List<Job> running, boolean single) {
        long start = System.nanoTime();
        only = single ? batched.getFirst() : null;
        try {
            context.evaluate();
        } catch (Vlm4jException.Cancelled e) {
            return false; // comes again, unless its job is over
        } catch (Vlm4jException.ContextFull e) {
            giveWay(running); // cells were free, but not where the model's memory wants them
            return false;
        } catch (RuntimeException e) {
            for (Job job : batched) {
                ends.fail(job, e);
            }
            return false;
        } finally {
            only = null;
        }
        measure(context, System.nanoTime() - start);
        for (int i = 0; i < batched.size(); i++) {
            Job job = batched.get(i);
            job.charge(context.contents(job.slot()).size());
        }
        for (int i = 0; i < prompts.size(); i++) {
            Job job = prompts.get(i);
            if (batched.contains(job)) {
                job.prepared().figures().evaluated(Duration.ofNanos(System.nanoTime() - start));
            }
        }
        return true;
    }

    private void measure(SharedContext context, long nanos) {
        int next = 0;
        for (int i = 0; i < batched.size(); i++) {
            next += prompts.contains(batched.get(i)) ? 0 : 1;
        }
        int prompt = context.batched() - next;
        pace.measured(next, prompt, nanos);
        if (prompt > 0) {
            slots.evaluated(context.batched(), nanos);
        }
    }

    private void choose(SharedContext context) {
        for (int i = 0; i < chosen.size() && !context.isDamaged(); i++) {
            Job job = chosen.get(i);
            PreparedPrompt prepared = job.prepared();
            if (prepared.answer().count() == 0) {
                Figures figures = prepared.figures();
                job.events()
                        .put(new GenerationEvent.PromptEvaluated(
                                figures.promptTokens(), figures.reusedTokens(), figures.prefill()));
                figures.decoding();
            }
            try {
                int token = context.sample(prepared.sampler(), job.row());
                FinishReason end = prepared.answer().add(token, job);
                prepared.target().add(token);
                if (end != null) {
                    ends.finish(job, end);
                }
            } catch (RuntimeException e) {
                ends.fail(job, e);
            }
        }
    }

    private void evaluateRows(SharedContext context, List<Job> running, Job job, int count) {
        long start = System.nanoTime();
        Contents target = job.prepared().target();
        Medium medium = job.prepared().mediumAt(context.contents(job.slot()).size());
        Contents.Media item = target.media().get(job.prepared().media().indexOf(medium));
        only = batched.isEmpty() ? job : null;
        try {
            context.evaluateRows(
                    job.slot(),
                    item,
                    medium.projector(),
                    medium.prepared(),
                    Objects.requireNonNull(medium.embeddings()),
                    count);
            slots.evaluated(count, System.nanoTime() - start);
            job.charge(context.contents(job.slot()).size() + context.rows(job.slot()));
            if (context.rows(job.slot()) == 0) {
                medium.forget();
            }
            job.prepared().figures().evaluated(Duration.ofNanos(System.nanoTime() - start));
        } catch (Vlm4jException.Cancelled e) {
            // comes again, unless its job is over
        } catch (Vlm4jException.ContextFull e) {
            giveWay(running);
        } catch (RuntimeException e) {
            ends.fail(job, e);
        } finally {
            only = null;
        }
    }
}
