package io.vlm4j.scheduling.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.internal.Contents;
import io.vlm4j.inference.internal.ContextSnapshotImpl;
import io.vlm4j.inference.internal.SharedContext;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sequences of a context, each for one generation at a time. What a slot holds stays when its generation is over,
/// until the cells are needed: a new prompt begins with the longest beginning that any slot has of it.
final class Slots implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Slots.class);

    /// A slot that loses no more than this part of what it holds is as good as one that holds nothing else.
    private static final int SMALL_PART = 4;

    private static final int PADDING = 256; // llama.cpp's

    /// Cells that are worth waiting for, in a pass or two of another job.
    private static final int WORTH_WAITING = 32;

    /// Cells that are worth having from elsewhere. Fewer are evaluated sooner; and where they lie far behind
    /// others, each token of the answer would look at all that is before them.
    private static final int WORTH_HAVING = 16;

    private final Supplier<SharedContext> creation;
    private final @Nullable Job[] jobs;
    private final Adapters[] adapters; // that each slot's contents were computed with
    private final long[] used; // when each was used last
    private final ParkedPrompts parked;
    private final CopyCost copyCost;
    private volatile SharedContext context; // changed by the scheduler's thread alone
    private long uses;
    private int taken;

    /// @param parkedBytes of what slots held, most that is kept outside the context
    /// @param copyCost    that decides whether it is
    /// @param creation    of a context with so many sequences
    Slots(int count, long parkedBytes, CopyCost copyCost, Supplier<SharedContext> creation) {
        this.copyCost = copyCost;
        this.parked = new ParkedPrompts(parkedBytes);
        this.creation = creation;
        this.jobs = new Job[count];
        this.adapters = new Adapters[count];
        this.used = new long[count];
        this.context = creation.get();
        Arrays.fill(adapters, Adapters.none());
    }

    SharedContext context() {
        return context;
    }

    /// So many tokens of prompts, among others, or rows of a picture were evaluated in this time.
    void evaluated(int tokens, long nanos) {
        copyCost.evaluated(tokens, nanos);
    }

    /// Ends the evaluation under way; for any thread.
    void interrupt() {
        try {
            context.interrupt();
        } catch (IllegalStateException closed) {
            // another one took its place at this moment, or nothing runs any more
        }
    }

    boolean areTaken() {
        return taken == jobs.length;
    }

    /// How much of a job's prompt is there, wherever.
    int longestPrefix(Job job) {
        int longest = 0;
        for (int slot = 0; slot < jobs.length; slot++) {
            longest = Math.max(longest, prefix(slot, job));
        }
        ContextSnapshotImpl copy = parkedFor(job, longest);
        return copy == null ? longest : usable(copy.contents(), job);
    }

    /// How many cells of a slot, from the first on, may stand for a job's.
    private int prefix(int slot, Job job) {
        if (!job.reuses() || !adapters[slot].equals(job.request().options().adapters())) {
            return 0;
        }
        return usable(context.contents(slot), job);
    }

    private int usable(Contents held, Job job) {
        Contents target = job.prepared().target();
        int common = held.commonPrefix(target);
        if (common == target.size()) {
            common--; // the last is text, and evaluated again for its logits
        }
        return context.isCuttable() || common == held.size() ? common : 0;
    }

    /// What is parked and has clearly more of the job's prompt than so many cells.
    private @Nullable ContextSnapshotImpl parkedFor(Job job, int moreThan) {
        if (!job.reuses()) {
            return null;
        }
        Adapters wanted = job.request().options().adapters();
        return parked.longest(job.prepared().target(), wanted, moreThan + WORTH_HAVING - 1, context.isCuttable());
    }

    /// Whether the beginning of a job's prompt is being evaluated at this moment for another one that is as urgent: it
    /// costs nothing to have it from there, a little later.
    boolean isOnTheWay(Job job) {
        if (!job.reuses() || !context.isCuttable()) {
            return false;
        }
        int wanted = longestPrefix(job) + WORTH_WAITING;
        for (Job other : jobs) {
            if (other != null
                    && !other.isLessUrgentThan(job)
                    && adapters[other.slot()].equals(job.request().options().adapters())) {
                int common = usable(other.prepared().target(), job);
                if (common >= wanted && context.contents(other.slot()).size() < common) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Gives a job a slot, and as much of its prompt as is there.
    ///
    /// @param reserve cells that must stay free for others
    /// @return whether there is a slot, and room for what is left of the prompt
    boolean admit(Job job, int reserve) {
        int slot = choose(job);
        if (slot < 0) {
            return false;
        }
        if (isMostlyOthers(slot, job)) {
            park(slot);
        }
        int own = prefix(slot, job);
        int source = slot;
        int longest = own;
        for (int other = 0; other < jobs.length && context.isCuttable(); other++) {
            int prefix = prefix(other, job);
            if (prefix > longest && prefix >= own + WORTH_HAVING) {
                longest = prefix;
                source = other;
            }
        }
        ContextSnapshotImpl copy = parkedFor(job, longest);
        if (copy != null) {
            parkIdle(job); // first, so that it does not lie behind them
            fetch(copy, slot, job);
        } else if (source == slot) {
            if (own < context.contents(slot).size()) {
                context.cut(slot, own);
            }
        } else {
            context.share(source, slot, longest);
        }
        adapters[slot] = job.request().options().adapters();
        used[slot] = ++uses;
        int needed = job.prepared().target().size() - context.contents(slot).size();
        jobs[slot] = job; // so that it is not what is dropped
        boolean fits = makeRoom(needed + reserve);
        jobs[slot] = null;
        if (fits) {
            jobs[slot] = job;
            taken++;
            job.enter(slot, context, uses);
        }
        return fits;
    }

    /// Puts what was parked into a slot, as far as the job has use for it. What the slot held is parked instead.
    private void fetch(ContextSnapshotImpl copy, int slot, Job job) {
        parked.remove(copy); // so that it does not give way to what is parked now
        int usable = usable(copy.contents(), job);
        try {
            park(slot);
            if (makeRoom(copy.tokens()) && context.putBack(copy, slot) && usable < copy.tokens()) {
                context.cut(slot, usable);
            }
        } catch (Throwable t) {
            copy.close();
            throw t;
        }
        if (copy.tokens() - usable > copy.tokens() / SMALL_PART) {
            parked.add(copy, context.isCuttable());
        } else {
            copy.close();
        }
    }

    /// Whether a job would lose much of what a slot holds.
    private boolean isMostlyOthers(int slot, Job job) {
        int held = context.contents(slot).size();
        return held - prefix(slot, job) > held / SMALL_PART;
    }

    /// Takes what free slots hold out of the context, the oldest first, as far as that makes passes shorter: their time
    /// goes by cells in [#PADDING], those counted that answers will soon take. (Later is too late: an answer that was
    /// begun behind them stays where it is.)
    void parkIdle() {
        parkIdle(null);
    }

    /// @param coming that will have a slot, and all of its prompt
    private void parkIdle(@Nullable Job coming) {
        if (!parked.holdsAny() || context.isDamaged()) {
            return;
        }
        int active = 0;
        int growth = coming == null ? 0 : coming.prepared().target().size() + Math.min(coming.tokensLeft(), PADDING);
        for (int slot = 0; slot < jobs.length; slot++) {
            Job job = jobs[slot];
            if (job != null) {
                active += context.contents(slot).size() + context.rows(slot);
                growth += job.pending() + Math.min(job.tokensLeft(), PADDING);
            }
        }
        for (int slot = oldestIdle(0); slot >= 0; slot = oldestIdle(used[slot] + 1)) {
            if (padded(context.usedCells() + growth) <= padded(active + growth)) {
                return;
            }
            long size = context.sizeInBytes(slot);
            if (isWorthParking(slot, size)) { // else it is of more use where it is
                park(slot, size);
            }
        }
    }

    private static int padded(int cells) {
        return (cells + PADDING - 1) / PADDING;
    }

    private boolean isWorthParking(int slot, long size) {
        return parked.canHold(size)
                && copyCost.isWorth(size, context.contents(slot).size());
    }

    private void park(int slot) {
        if (!isEmpty(slot)) {
            long size = context.sizeInBytes(slot);
            if (isWorthParking(slot, size)) {
                park(slot, size);
            } else if (!context.isDamaged()) {
                context.empty(slot);
            }
        }
    }

    private void park(int slot, long size) {
        try {
            long start = System.nanoTime();
            ContextSnapshotImpl copy = context.takeOut(slot, size, adapters[slot]);
            copyCost.copied(size, System.nanoTime() - start);
            parked.add(copy, context.isCuttable());
            return;
        } catch (Vlm4jException | OutOfMemoryError e) {
            LOG.warn("what a slot held cannot be kept outside the context, and is lost", e);
        }
        if (!context.isDamaged()) {
            context.empty(slot);
        }
    }

    /// The free slot that was not used for longest, of those that were used at this time or later and hold something.
    private int oldestIdle(long since) {
        int oldest = -1;
        for (int slot = 0; slot < jobs.length; slot++) {
            if (jobs[slot] == null
                    && !isEmpty(slot)
                    && used[slot] >= since
                    && (oldest < 0 || used[slot] < used[oldest])) {
                oldest = slot;
            }
        }
        return oldest;
    }

    /// The free slot that has most of the job's prompt and little else, or else the one that was not used for longest.
    private int choose(Job job) {
        int best = -1;
        int bestPrefix = 0;
        int oldest = -1;
        for (int slot = 0; slot < jobs.length; slot++) {
            if (jobs[slot] != null) {
                continue;
            }
            int prefix = prefix(slot, job);
            if (prefix > bestPrefix && !isMostlyOthers(slot, job)) {
                best = slot;
                bestPrefix = prefix;
            }
            if (oldest < 0 || age(slot) < age(oldest)) {
                oldest = slot;
            }
        }
        return best >= 0 ? best : oldest;
    }

    private long age(int slot) {
        return isEmpty(slot) ? 0 : used[slot];
    }

    private boolean isEmpty(int slot) {
        return context.contents(slot).size() == 0;
    }

    /// Takes what free slots hold out of the context, the oldest first, until so many cells are free.
    boolean makeRoom(int cells) {
        while (context.freeCells() < cells) {
            int oldest = oldestIdle(0);
            if (oldest < 0) {
                return false;
            }
            park(oldest);
        }
        return true;
    }

    /// A job leaves its slot; what it evaluated stays.
    void release(Job job, Job.Stage next) {
        int slot = job.slot();
        if (context.rows(slot) > 0 && !context.isDamaged()) {
            context.cut(slot, context.contents(slot).size());
        }
        jobs[slot] = null;
        used[slot] = ++uses;
        taken--;
        job.leave(next);
    }

    /// Takes another context when native code has failed in this one. What the slots held is lost; jobs stay in them,
    /// and begin again.
    ///
    /// @throws io.vlm4j.Vlm4jException.ModelLoad when there is no memory for one
    void replaceDamaged() {
        if (context.isDamaged()) {
            replace();
        }
    }

    /// As [#replaceDamaged()], whatever state the context is in.
    void replace() {
        context.close();
        context = creation.get();
        for (Job job : jobs) {
            if (job != null) {
                job.move(context);
            }
        }
    }

    @Override
    public void close() {
        context.close();
        parked.close();
    }
}
