package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.JsonText;
import io.vlm4j.schema.JsonSchema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a conversation is rendered and its answer constrained and read: what llama-server's `/v1/chat/completions` takes
/// besides messages.
///
/// @param addGenerationPrompt whether the beginning of the assistant's answer is added
/// @param continuation        whether the last message is gone on with instead
/// @param tools               what the model may call
/// @param parallelToolCalls   whether several calls may come at once; empty: if the template knows how
/// @param enableThinking      whether a model that can think aloud is asked to
/// @param jsonSchema          the answer must be JSON of this schema
/// @param grammar             the answer must follow this GBNF grammar; not together with tools or a schema
/// @param templateArguments   further variables of the template, as JSON texts by name (`chat_template_kwargs`)
/// @param now                 what templates take for the current time; empty: the clock's
public record RenderOptions(
        boolean addGenerationPrompt,
        Continuation continuation,
        List<ToolDefinition> tools,
        ToolChoice toolChoice,
        Optional<Boolean> parallelToolCalls,
        boolean enableThinking,
        ReasoningFormat reasoningFormat,
        Optional<String> jsonSchema,
        Optional<String> grammar,
        Map<String, String> templateArguments,
        Optional<Instant> now) {

    public RenderOptions {
        Objects.requireNonNull(toolChoice, "toolChoice");
        Objects.requireNonNull(reasoningFormat, "reasoningFormat");
        tools = List.copyOf(tools);
        templateArguments = Map.copyOf(templateArguments);
        if (continuation != Continuation.NONE && addGenerationPrompt) {
            throw new IllegalArgumentException("a message cannot be gone on with (" + continuation
                    + ") and a new one begun (addGenerationPrompt) at once");
        }
        if (grammar.isPresent() && (jsonSchema.isPresent() || !tools.isEmpty())) {
            throw new IllegalArgumentException("a grammar excludes a JSON schema and tools");
        }
        jsonSchema.ifPresent(schema -> {
            requireJson("the JSON schema", schema);
            JsonSchema.parse(schema);
        });
        templateArguments.forEach((name, value) -> requireJson("template argument '" + name + "'", value));
    }

    private static void requireJson(String what, String text) {
        if (!JsonText.isValid(text)) {
            throw new IllegalArgumentException(what + " is no JSON: " + text);
        }
    }

    public static RenderOptions defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.addGenerationPrompt = addGenerationPrompt;
        builder.continuation = continuation;
        builder.tools = tools;
        builder.toolChoice = toolChoice;
        builder.parallelToolCalls = parallelToolCalls;
        builder.enableThinking = enableThinking;
        builder.reasoningFormat = reasoningFormat;
        builder.jsonSchema = jsonSchema;
        builder.grammar = grammar;
        builder.templateArguments = templateArguments;
        builder.now = now;
        return builder;
    }

    public static final class Builder {
        private boolean addGenerationPrompt = true;
        private Continuation continuation = Continuation.NONE;
        private List<ToolDefinition> tools = List.of();
        private ToolChoice toolChoice = ToolChoice.AUTO;
        private Optional<Boolean> parallelToolCalls = Optional.empty();
        private boolean enableThinking = true;
        private ReasoningFormat reasoningFormat = ReasoningFormat.AUTO;
        private Optional<String> jsonSchema = Optional.empty();
        private Optional<String> grammar = Optional.empty();
        private Map<String, String> templateArguments = Map.of();
        private Optional<Instant> now = Optional.empty();

        private Builder() {}

        public Builder addGenerationPrompt(boolean value) {
            addGenerationPrompt = value;
            return this;
        }

        /// Other than `NONE`, also switches `addGenerationPrompt` off.
        public Builder continuation(Continuation value) {
            continuation = value;
            addGenerationPrompt = addGenerationPrompt && value == Continuation.NONE;
            return this;
        }

        public Builder tools(List<ToolDefinition> value) {
            tools = List.copyOf(value);
            return this;
        }

        public Builder toolChoice(ToolChoice value) {
            toolChoice = value;
            return this;
        }

        public Builder parallelToolCalls(boolean value) {
            parallelToolCalls = Optional.of(value);
            return this;
        }

        public Builder enableThinking(boolean value) {
            enableThinking = value;
            return this;
        }

        public Builder reasoningFormat(ReasoningFormat value) {
            reasoningFormat = value;
            return this;
        }

        /// @param value `null` for free answers; checked by [#build] as [JsonSchema#parse] does
        public Builder jsonSchema(@Nullable String value) {
            jsonSchema = Optional.ofNullable(value);
            return this;
        }

        /// @param value `null` for free answers
        public Builder grammar(@Nullable String value) {
            grammar = Optional.ofNullable(value);
            return this;
        }

        public Builder templateArguments(Map<String, String> value) {
            templateArguments = Map.copyOf(value);
            return this;
        }

        public Builder now(Instant value) {
            now = Optional.of(value);
            return this;
        }

        /// @throws IllegalArgumentException when settings contradict each other or a JSON text is none
        /// @throws Vlm4jException.InvalidGrammar when the JSON schema cannot be used
        public RenderOptions build() {
            return new RenderOptions(
                    addGenerationPrompt,
                    continuation,
                    tools,
                    toolChoice,
                    parallelToolCalls,
                    enableThinking,
                    reasoningFormat,
                    jsonSchema,
                    grammar,
                    templateArguments,
                    now);
        }
    }
}
