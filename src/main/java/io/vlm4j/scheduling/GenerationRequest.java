package io.vlm4j.scheduling;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/// What a [Scheduler] is asked to generate.
///
/// @param prompt       text, pictures and sounds
/// @param conversation what `prompt` was rendered from, when its answer is constrained or read by the template's format
/// @param options      as for a generator; speculation and shifting are ignored
/// @param caller       whom it is for: callers get equal shares; empty for one that has no name
/// @param deadline     from submission on; what has not begun by then fails, what has begun ends
public record GenerationRequest(
        Prompt prompt,
        Optional<RenderedChat> conversation,
        GenerationOptions options,
        String caller,
        Priority priority,
        Optional<Duration> deadline) {
    public GenerationRequest {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(caller, "caller");
        Objects.requireNonNull(priority, "priority");
        if (deadline.isPresent() && !deadline.get().isPositive()) {
            throw new IllegalArgumentException("the deadline must lie ahead, not " + deadline.get());
        }
    }

    /// A request of nobody in particular, without a deadline.
    public static GenerationRequest of(Prompt prompt, GenerationOptions options) {
        return builder(prompt).options(options).build();
    }

    public static Builder builder(Prompt prompt) {
        return new Builder(prompt, Optional.empty());
    }

    /// Of a conversation that a template rendered.
    public static Builder builder(RenderedChat conversation) {
        return new Builder(conversation.prompt(), Optional.of(conversation));
    }

    public static final class Builder {
        private final Prompt prompt;
        private final Optional<RenderedChat> conversation;
        private GenerationOptions options = GenerationOptions.defaults();
        private String caller = "";
        private Priority priority = Priority.NORMAL;
        private Optional<Duration> deadline = Optional.empty();

        private Builder(Prompt prompt, Optional<RenderedChat> conversation) {
            this.prompt = prompt;
            this.conversation = conversation;
        }

        public Builder options(GenerationOptions value) {
            options = value;
            return this;
        }

        public Builder caller(String value) {
            caller = value;
            return this;
        }

        public Builder priority(Priority value) {
            priority = value;
            return this;
        }

        public Builder deadline(Duration value) {
            deadline = Optional.of(value);
            return this;
        }

        public GenerationRequest build() {
            return new GenerationRequest(prompt, conversation, options, caller, priority, deadline);
        }
    }
}
