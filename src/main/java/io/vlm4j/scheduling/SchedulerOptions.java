package io.vlm4j.scheduling;

import io.vlm4j.inference.ContextOptions;
import java.util.Objects;

/// How a scheduler is made.
///
/// @param slots         most generations at a time; one, whatever is said, with a model that a graph of our own
///     computes (Fuyu, KOSMOS-2)
/// @param queue         most that wait for a slot; more are refused
/// @param context       of all of them together. Its cells belong to nobody: a long generation may use what others
///     leave free, see [Scheduler#slotLength()], and what prompts have in common takes its cells once
/// @param prefillTokens most tokens of new prompts that are evaluated in one step beside running generations. There are
///     fewer where they would make a step take several times as long
/// @param parkedBytes   of memory outside the context for what ended generations have left in it, so that it makes
///     nobody's tokens slower and is still there when a prompt begins with it; 0 for none
public record SchedulerOptions(int slots, int queue, ContextOptions context, int prefillTokens, long parkedBytes) {
    public static final int DEFAULT_SLOTS = 4;
    public static final int DEFAULT_QUEUE = 256;
    public static final int MAX_SLOTS = 256;
    public static final long DEFAULT_PARKED_BYTES = 1L << 30;

    public SchedulerOptions {
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new IllegalArgumentException("slots must be 1 to " + MAX_SLOTS + ", not " + slots);
        }
        if (queue < 0) {
            throw new IllegalArgumentException("queue must be 0 or more, not " + queue);
        }
        Objects.requireNonNull(context, "context");
        if (prefillTokens < 1) {
            throw new IllegalArgumentException("prefillTokens must be 1 or more, not " + prefillTokens);
        }
        if (parkedBytes < 0) {
            throw new IllegalArgumentException("parkedBytes must be 0 or more, not " + parkedBytes);
        }
    }

    /// The same for another number of generations at a time.
    ///
    /// @throws IllegalArgumentException when it is out of range
    public SchedulerOptions withSlots(int value) {
        return new SchedulerOptions(value, queue, context, prefillTokens, parkedBytes);
    }

    public static SchedulerOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private int slots = DEFAULT_SLOTS;
        private int queue = DEFAULT_QUEUE;
        private ContextOptions context = ContextOptions.defaults();
        private int prefillTokens = 256;
        private long parkedBytes = DEFAULT_PARKED_BYTES;

        private Builder() {}

        public Builder slots(int value) {
            slots = value;
            return this;
        }

        public Builder queue(int value) {
            queue = value;
            return this;
        }

        public Builder context(ContextOptions value) {
            context = value;
            return this;
        }

        public Builder prefillTokens(int value) {
            prefillTokens = value;
            return this;
        }

        public Builder parkedBytes(long value) {
            parkedBytes = value;
            return this;
        }

        /// @throws IllegalArgumentException when a value is out of range
        public SchedulerOptions build() {
            return new SchedulerOptions(slots, queue, context, prefillTokens, parkedBytes);
        }
    }
}
