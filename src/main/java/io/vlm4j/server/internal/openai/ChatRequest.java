package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Continuation;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.internal.TranscriptReader;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.server.internal.Question;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.json.Fields;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A request for chat completions.
///
/// @param stream       whether the answer is told while it is made
/// @param includeUsage whether such an answer ends with its figures
/// @param logprobs     how many alternatives are told of each token; empty: not even its own probability
record ChatRequest(Question.OfChat question, boolean stream, boolean includeUsage, OptionalInt logprobs) {
    private static final int MOST_MESSAGES = 10_000;

    static ChatRequest read(Fields request, Services services) {
        if (request.array("messages").isEmpty()) {
            throw request.has("messages")
                    ? request.refused("messages", "is empty")
                    : request.wrong("messages", "an array of messages");
        }
        if (request.array("messages").size() > MOST_MESSAGES) {
            throw request.refused("messages", "are more than " + MOST_MESSAGES);
        }
        boolean stream = request.flag("stream", false);
        boolean usage = request.object("stream_options")
                .map(options -> options.flag("include_usage", false))
                .orElse(false);
        OptionalInt logprobs = logprobs(request);
        RenderOptions.Builder rendering = RenderOptions.builder();
        ToolsReader.read(request, true, services, rendering);
        FormatReader.response(request, rendering);
        FormatReader.template(request, services.reasoningFormat(), rendering);
        List<GenerationOptions> options = services
                .sampling()
                .read(request, services.sampling().choices(request), "max_completion_tokens", "max_tokens", "n_predict")
                .stream()
                .map(one -> chat(constrained(one, request), logprobs))
                .toList();
        List<ChatMessage> messages =
                TranscriptReader.read(request.get("messages"), request.at("messages"), services.media());
        continued(messages, rendering);
        return new ChatRequest(new Question.OfChat(messages, rendering.build(), options), stream, usage, logprobs);
    }

    /// llama-server's `grammar`.
    private static GenerationOptions constrained(GenerationOptions options, Fields request) {
        Optional<String> grammar = request.optionalText("grammar").filter(text -> !text.isBlank());
        if (grammar.isEmpty()) {
            return options;
        }
        if (request.has("response_format") || request.has("json_schema") || request.has("tools")) {
            throw request.refused("grammar", "excludes response_format, json_schema and tools");
        }
        return options.toBuilder()
                .sampling(options.sampling().toBuilder()
                        .grammar(Grammar.of(grammar.get()))
                        .build())
                .build();
    }

    /// As llama-server does: a conversation that ends with the assistant's words is one whose last message is not
    /// complete.
    static void continued(List<ChatMessage> messages, RenderOptions.Builder rendering) {
        ChatMessage last = messages.getLast();
        if (last.role() == Role.ASSISTANT && last.toolCalls().isEmpty()) {
            rendering.continuation(Continuation.AUTO);
        }
    }

    static GenerationOptions chat(GenerationOptions options, OptionalInt logprobs) {
        GenerationOptions.Builder builder = options.toBuilder().trimLeadingSpace(true);
        if (logprobs.isPresent()) {
            builder.logProbabilities(logprobs.getAsInt());
        }
        return builder.build();
    }

    private static OptionalInt logprobs(Fields request) {
        OptionalInt top = request.integer("top_logprobs", 0, InferenceContext.MAX_ALTERNATIVES);
        boolean wanted = request.flag("logprobs", false);
        if (top.isPresent() && top.getAsInt() > 0 && !wanted) {
            throw request.refused("top_logprobs", "needs logprobs to be true");
        }
        return wanted ? OptionalInt.of(top.orElse(0)) : OptionalInt.empty();
    }
}
