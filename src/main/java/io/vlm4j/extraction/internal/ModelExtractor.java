package io.vlm4j.extraction.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.extraction.Choice;
import io.vlm4j.extraction.ExtractionOptions;
import io.vlm4j.extraction.Extractor;
import io.vlm4j.extraction.TextAnswer;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.generation.Generator;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.Role;
import io.vlm4j.sampling.CustomSampler;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingStage;
import io.vlm4j.schema.JsonBinding;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.schema.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Asks a model in this process for answers of a given form.
public final class ModelExtractor implements Extractor {
    private static final int MAX_TOLD = 200; // characters of an answer in a message

    private final Generator generator;
    private final ChatTemplate template;
    private final ExtractionOptions options;

    public ModelExtractor(Generator generator, ChatTemplate template, ExtractionOptions options) {
        this.generator = generator;
        this.template = template;
        this.options = options;
    }

    @Override
    public ExtractionOptions options() {
        return options;
    }

    @Override
    public <T> TypedAnswer<T> ask(List<ChatMessage> conversation, Class<T> type, Cancellation cancellation) {
        JsonBinding<T> binding = JsonBinding.of(type);
        return ask(conversation, binding.schema(), binding::read, cancellation);
    }

    @Override
    public TypedAnswer<String> ask(List<ChatMessage> conversation, JsonSchema schema, Cancellation cancellation) {
        return ask(conversation, schema, json -> checked(json, schema), cancellation);
    }

    private static String checked(String json, JsonSchema schema) {
        List<Violation> violations = schema.violations(json);
        if (!violations.isEmpty()) {
            throw new Vlm4jException.InvalidAnswer("the answer does not follow the schema: " + violations.getFirst());
        }
        return json;
    }

    private <T> TypedAnswer<T> ask(
            List<ChatMessage> conversation, JsonSchema schema, Function<String, T> reader, Cancellation cancellation) {
        RenderOptions rendering =
                options.rendering().toBuilder().jsonSchema(schema.json()).build();
        List<ChatMessage> asked = options.schemaInPrompt() ? told(conversation, schema) : conversation;
        try (RenderedChat rendered = template.render(asked, rendering)) {
            Generation generation = generate(rendered, options.generation().sampling(), cancellation);
            try {
                String json = rendered.parse(generation.text(), false).text().strip();
                T value = reader.apply(json);
                return new TypedAnswer<>(value, json, confidence(rendered, generation, json), generation);
            } catch (Vlm4jException.InvalidAnswer e) {
                throw refused(generation, e);
            }
        }
    }

    /// The conversation with the schema behind the last message of the user.
    private static List<ChatMessage> told(List<ChatMessage> conversation, JsonSchema schema) {
        List<ChatMessage> told = new ArrayList<>(conversation);
        for (int i = told.size() - 1; i >= 0; i--) {
            ChatMessage message = told.get(i);
            if (message.role() == Role.USER) {
                List<Content> content = new ArrayList<>(message.content());
                content.add(new Content.Text("\nAnswer in JSON that follows this JSON schema: " + schema.json()));
                told.set(i, new ChatMessage(Role.USER, content));
                return told;
            }
        }
        throw new IllegalArgumentException("there is no message of a user that the schema could be told in");
    }

    private Map<String, Double> confidence(RenderedChat rendered, Generation generation, String json) {
        int begin = generation.text().lastIndexOf(json);
        Map<String, Double> confidence = new LinkedHashMap<>();
        if (begin >= 0) {
            TokenSpans tokens =
                    new TokenSpans(generation, generator.context().model().tokenizer(), rendered.preservedTokens());
            JsonValues.of(json)
                    .forEach((pointer, place) ->
                            confidence.put(pointer, tokens.confidence(begin + place.from(), begin + place.to())));
        }
        return confidence;
    }

    @Override
    public Choice choose(List<ChatMessage> conversation, List<String> choices, Cancellation cancellation) {
        if (new HashSet<>(choices).size() < choices.size()) {
            throw new IllegalArgumentException("two of the choices are equal: " + choices);
        }
        AllowedMass mass = new AllowedMass(generator.context().model().tokenizer());
        boolean spaced = choices.stream().noneMatch(choice -> choice.startsWith(" "));
        SamplingOptions sampling = watched(constrained(Grammar.ofChoices(choices), spaced), mass);
        Generation generation = plain(conversation, sampling, cancellation);
        String text = spaced ? withoutSpace(generation.text()) : generation.text();
        int index = choices.indexOf(text);
        if (index < 0) {
            throw refused(generation, null);
        }
        return new Choice(text, index, mass.probability(), generation);
    }

    @Override
    public TextAnswer match(List<ChatMessage> conversation, String regex, Cancellation cancellation) {
        Grammar grammar = Grammar.ofRegex(regex);
        boolean spaced = !mayBeginWithSpace(regex);
        Generation generation = plain(conversation, constrained(grammar, spaced), cancellation);
        if (wasCut(generation)) {
            throw refused(generation, null);
        }
        String text = spaced ? withoutSpace(generation.text()) : generation.text();
        TokenSpans tokens =
                new TokenSpans(generation, generator.context().model().tokenizer(), List.of());
        int end = generation.text().length();
        return new TextAnswer(text, tokens.confidence(end - text.length(), end), generation);
    }

    @SuppressWarnings("JdkObsolete") // whether more characters could make it match is what hitEnd() is for
    private static boolean mayBeginWithSpace(String regex) {
        Matcher space = Pattern.compile(regex).matcher(" ");
        return space.matches() || space.hitEnd();
    }

    private SamplingOptions constrained(Grammar grammar, boolean spaced) {
        Grammar all = spaced ? new Grammar(grammar.source() + "answer ::= \" \"? root\n", "answer") : grammar;
        return options.generation().sampling().toBuilder().grammar(all).build();
    }

    /// Most models begin an answer with a space, which is theirs and not the answer's.
    private static String withoutSpace(String text) {
        return text.startsWith(" ") ? text.substring(1) : text;
    }

    /// The same with a look at what the grammar leaves, before anything else is done about it.
    private static SamplingOptions watched(SamplingOptions sampling, CustomSampler look) {
        List<CustomSampler> custom = new ArrayList<>(List.of(look));
        custom.addAll(sampling.custom());
        List<SamplingStage> order = new ArrayList<>(sampling.order());
        order.remove(SamplingStage.CUSTOM);
        order.add(order.indexOf(SamplingStage.GRAMMAR) + 1, SamplingStage.CUSTOM);
        return sampling.toBuilder()
                .custom(custom.toArray(CustomSampler[]::new))
                .order(order)
                .build();
    }

    /// An answer that the template does not constrain: a model that thinks is asked not to, as there is no place
    /// for it.
    private Generation plain(List<ChatMessage> conversation, SamplingOptions sampling, Cancellation cancellation) {
        RenderOptions rendering =
                options.rendering().toBuilder().enableThinking(false).build();
        try (RenderedChat rendered = template.render(conversation, rendering)) {
            return generate(rendered, sampling, cancellation);
        }
    }

    private Generation generate(RenderedChat rendered, SamplingOptions sampling, Cancellation cancellation) {
        GenerationOptions.Builder raw =
                options.generation().toBuilder().sampling(sampling).trimLeadingSpace(false);
        if (options.generation().logProbabilities().isEmpty()) {
            raw.logProbabilities(0);
        }
        try (GenerationStream stream = generator.stream(rendered, raw.build(), cancellation)) {
            GenerationEvent event = stream.next();
            while (!(event instanceof GenerationEvent.Finished)) {
                event = stream.next();
            }
            Generation generation = ((GenerationEvent.Finished) event).generation();
            if (generation.finishReason() == FinishReason.CANCELLED) {
                throw new Vlm4jException.Cancelled("the answer was cancelled");
            }
            return generation;
        }
    }

    private static boolean wasCut(Generation generation) {
        return generation.finishReason() != FinishReason.END_OF_GENERATION;
    }

    private static Vlm4jException.InvalidAnswer refused(Generation generation, @Nullable Throwable cause) {
        String text = generation.text();
        String shown = text.length() > MAX_TOLD ? text.substring(0, MAX_TOLD) + "..." : text;
        String why = switch (generation.finishReason()) {
            case MAX_TOKENS -> "was cut after " + generation.tokens().size() + " tokens (maxTokens)";
            case CONTEXT_FULL -> "was cut after " + generation.tokens().size() + " tokens: the context is full";
            case STOP_STRING -> "was cut by a stop string";
            case END_OF_GENERATION, CANCELLED -> "cannot be used" + (cause == null ? "" : ": " + cause.getMessage());
        };
        return new Vlm4jException.InvalidAnswer("the answer " + why + ": '" + shown + "'", text, cause);
    }
}
