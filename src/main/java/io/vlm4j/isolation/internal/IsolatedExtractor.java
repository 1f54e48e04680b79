package io.vlm4j.isolation.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.extraction.Choice;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TextAnswer;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.schema.JsonBinding;
import io.vlm4j.schema.JsonSchema;
import java.util.List;
import java.util.Optional;

/// Asks the worker for answers of a given form. Java types stay here: the worker sees their schema.
public final class IsolatedExtractor implements Extractor {
    private final Connection connection;
    private final ExtractionOptions options;

    /// @throws IllegalArgumentException when an option cannot cross
    public IsolatedExtractor(Connection connection, ExtractionOptions options) {
        Wire.check(options.generation());
        this.connection = connection;
        this.options = options;
    }

    @Override
    public ExtractionOptions options() {
        return options;
    }

    @Override
    public <T> TypedAnswer<T> ask(List<ChatMessage> conversation, Class<T> type, Cancellation cancellation) {
        JsonBinding<T> binding = JsonBinding.of(type);
        TypedAnswer<String> answer = ask(conversation, binding.schema(), cancellation);
        try {
            T value = binding.read(answer.json());
            return new TypedAnswer<>(value, answer.json(), answer.confidence(), answer.generation());
        } catch (Vlm4jException.InvalidAnswer e) {
            throw new Vlm4jException.InvalidAnswer(
                    "the answer cannot be used: " + e.getMessage(),
                    answer.generation().text(),
                    e);
        }
    }

    @Override
    public TypedAnswer<String> ask(List<ChatMessage> conversation, JsonSchema schema, Cancellation cancellation) {
        Requests.Typed answer = ask(
                conversation,
                Optional.of(schema.json()),
                List.of(),
                Optional.empty(),
                cancellation,
                Requests.Typed.class);
        return new TypedAnswer<>(answer.json(), answer.json(), answer.confidence(), answer.generation());
    }

    @Override
    public Choice choose(List<ChatMessage> conversation, List<String> choices, Cancellation cancellation) {
        return ask(conversation, Optional.empty(), choices, Optional.empty(), cancellation, Choice.class);
    }

    @Override
    public TextAnswer match(List<ChatMessage> conversation, String regex, Cancellation cancellation) {
        return ask(conversation, Optional.empty(), List.of(), Optional.of(regex), cancellation, TextAnswer.class);
    }

    private <R> R ask(
            List<ChatMessage> conversation,
            Optional<String> schema,
            List<String> choices,
            Optional<String> regex,
            Cancellation cancellation,
            Class<R> type) {
        try (RemoteCall call = connection.begin(
                FrameKind.EXTRACT,
                (worker, blobs) ->
                        new Requests.Extract(WireMessage.all(conversation, blobs), options, schema, choices, regex),
                cancellation)) {
            return Wire.read(call.next().body(), type);
        }
    }
}
