package io.vlm4j.scheduling;

import io.vlm4j.inference.ContextOptions;
import java.util.Objects;

/// How a scheduler is made.
///
/// @param slots         most generations at a time
/// @param queue         most that wait for a slot; more are refused
/// @param context       of all of them together. Its cells belong to nobody: a long generation may use what others
///     leave free, see [Scheduler#slotLength()], and what prompts have in common takes its cells once
/// @param prefillTokens most tokens of new prompts that are evaluated in one step beside running generations; fewer
/// make
///     their tokens come more evenly, more make new ones begin sooner
public record SchedulerOptions(int slots, int queue, ContextOptions context, int prefillTokens) {
    public static final int DEFAULT_SLOTS = 4;
    public static final int DEFAULT_QUEUE = 256;
    public static final int MAX_SLOTS = 256;

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
        private int prefillTokens = 128;

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

        /// @throws IllegalArgumentException when a value is out of range
        public SchedulerOptions build() {
            return new SchedulerOptions(slots, queue, context, prefillTokens);
        }
    }
}
