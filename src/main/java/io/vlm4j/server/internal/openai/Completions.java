package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.Faults;
import io.vlm4j.server.internal.Question;
import io.vlm4j.server.internal.RandomId;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.TextEvent;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.ClientGone;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.ErrorShape;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/completions`: texts to be gone on with, without a template. As with llama-server, texts of special tokens
/// in a prompt become those tokens. Prompts of tokens are taken as they are.
public record Completions(Services services) implements Admission.Action {
    /// @param echoes what stands before each answer's text; empty without `echo`
    private record Request(
            Question.OfPrompts question,
            boolean stream,
            boolean includeUsage,
            OptionalInt logprobs,
            List<String> echoes) {}

    @Override
    public void run(Exchange exchange) {
        Request request = read(Fields.of(exchange.takeBody()));
        Writer writer = new Writer(
                RandomId.of("cmpl-"),
                Instant.now().getEpochSecond(),
                services.name(),
                new Logprobs(services.model().tokenizer()),
                request);
        int answers = request.question().options().size();
        if (request.stream()) {
            stream(request, new Stream(exchange, writer, answers), exchange);
            return;
        }
        Collected collected = new Collected(answers);
        services.answer(request.question(), exchange, collected);
        exchange.send(Answer.json(200, Json.bytes(writer.whole(collected))));
    }

    private Request read(Fields request) {
        Tokenizer tokenizer = services.model().tokenizer();
        int choices = services.sampling().choices(request);
        OptionalInt logprobs = request.integer("logprobs", 0, InferenceContext.MAX_ALTERNATIVES);
        boolean echo = request.flag("echo", false);
        List<JsonNode> inputs = TokensReader.inputs(
                request, "prompt", Math.max(1, services.options().limits().choices() / choices));
        List<GenerationOptions> options =
                services.sampling().read(request, choices, "max_tokens", "n_predict", "max_completion_tokens").stream()
                        .map(one -> completed(one, request, logprobs))
                        .toList();
        List<Prompt> prompts = new ArrayList<>();
        List<GenerationOptions> all = new ArrayList<>();
        List<String> echoes = new ArrayList<>();
        for (JsonNode input : inputs) {
            String text;
            if (input.isString()) {
                text = input.stringValue();
                prompts.add(Prompt.builder().markup(text).build());
            } else {
                int[] ids = TokensReader.tokens(input, tokenizer, request.at("prompt"));
                text = echo ? tokenizer.decode(ids, false) : "";
                prompts.add(Prompt.builder()
                        .tokens(IntStream.of(ids).boxed().toList())
                        .addSpecial(false) // who gives tokens gives a BOS, too, or wants none
                        .build());
            }
            all.addAll(options);
            for (int i = 0; i < choices; i++) {
                echoes.add(echo ? text : "");
            }
        }
        return new Request(
                new Question.OfPrompts(prompts, all),
                request.flag("stream", false),
                request.object("stream_options")
                        .map(given -> given.flag("include_usage", false))
                        .orElse(false),
                logprobs,
                echoes);
    }

    private static GenerationOptions completed(GenerationOptions one, Fields request, OptionalInt logprobs) {
        GenerationOptions.Builder builder = one.toBuilder();
        logprobs.ifPresent(builder::logProbabilities);
        request.optionalText("grammar")
                .filter(grammar -> !grammar.isBlank())
                .map(Grammar::of)
                .or(() -> request.object("json_schema").map(schema -> Grammar.ofJsonSchema(Json.text(schema.node()))))
                .ifPresent(grammar -> builder.sampling(
                        one.sampling().toBuilder().grammar(grammar).build()));
        return builder.build();
    }

    private void stream(Request request, Stream stream, Exchange exchange) {
        try {
            services.answer(request.question(), exchange, stream);
            if (request.includeUsage()) {
                stream.events.send(stream.writer.usage(stream));
            }
        } catch (ClientGone e) {
            throw e;
        } catch (RuntimeException e) {
            if (!stream.events.hasBegun()) {
                throw e;
            }
            stream.events.send(ErrorShape.OPENAI.body(Faults.of(e, exchange.id())));
        }
        stream.events.sendDone();
        stream.events.end();
    }

    /// Completions and their chunks, which have the same shape.
    private record Writer(String id, long created, String model, Logprobs logprobs, Request request) {
        ObjectNode whole(Collected collected) {
            ObjectNode node = head();
            ArrayNode choices = node.putArray("choices");
            List<Generation> generations = collected.generations();
            for (int i = 0; i < generations.size(); i++) {
                Generation generation = generations.get(i);
                String echo = request.echoes().get(i);
                ObjectNode choice = choices.addObject().put("index", i).put("text", echo + generation.text());
                logprobs(choice, generation.probabilities(), echo.length());
                choice.put("finish_reason", reason(generation));
            }
            return addUsage(node, generations);
        }

        private ObjectNode addUsage(ObjectNode node, List<Generation> generations) {
            int each = request.question().options().size()
                    / request.question().prompts().size();
            int prompt = 0;
            int reused = 0;
            int images = 0;
            int completion = 0;
            for (int i = 0; i < generations.size(); i++) {
                completion += generations.get(i).usage().completionTokens();
                if (i % each == 0) {
                    prompt += generations.get(i).usage().promptTokens();
                    reused += generations.get(i).usage().reusedTokens();
                    images += generations.get(i).usage().imageTokens();
                }
            }
            node.set("usage", Outcome.usage(prompt, reused, images, completion));
            node.set("timings", Outcome.timings(generations.getFirst()));
            return node;
        }

        private void logprobs(ObjectNode choice, List<TokenProbability> probabilities, int offset) {
            if (request.logprobs().isPresent()) {
                choice.set("logprobs", logprobs.plain(probabilities, offset));
            } else {
                choice.putNull("logprobs");
            }
        }

        private static String reason(Generation generation) {
            return Outcome.finishReason(generation.finishReason(), ChatMessage.assistant(""));
        }

        ObjectNode piece(int answer, String text, List<TokenProbability> probabilities, int offset) {
            ObjectNode node = head();
            ObjectNode choice =
                    node.putArray("choices").addObject().put("index", answer).put("text", text);
            logprobs(choice, probabilities, offset);
            choice.putNull("finish_reason");
            return node;
        }

        ObjectNode end(int answer, Generation generation) {
            ObjectNode node = head();
            node.putArray("choices")
                    .addObject()
                    .put("index", answer)
                    .put("text", "")
                    .putNull("logprobs")
                    .put("finish_reason", reason(generation));
            node.set("timings", Outcome.timings(generation));
            return node;
        }

        ObjectNode usage(Collected collected) {
            ObjectNode node = head();
            node.putArray("choices");
            return addUsage(node, collected.generations());
        }

        private ObjectNode head() {
            return Json.object()
                    .put("id", id)
                    .put("object", "text_completion")
                    .put("created", created)
                    .put("model", model);
        }
    }

    private static final class Stream extends Collected {
        private final EventStream events;
        private final Writer writer;
        private final int[] written; // characters of each answer
        private final @Nullable TextEvent[] texts; // for each answer, once it has text

        Stream(Exchange exchange, Writer writer, int answers) {
            super(answers);
            this.events = new EventStream(exchange);
            this.writer = writer;
            this.written = new int[answers];
            this.texts = new TextEvent[answers];
        }

        @Override
        public boolean hears() {
            return true;
        }

        @Override
        public void begun(int promptTokens, int reused) {
            for (int i = 0; i < written.length; i++) {
                send(i, writer.request().echoes().get(i), List.of());
            }
        }

        @Override
        public void said(int answer, AnswerEvent event, List<TokenProbability> probabilities) {
            if (event instanceof AnswerEvent.ContentDelta more) {
                send(answer, more.text(), probabilities);
            }
        }

        private void send(int answer, String text, List<TokenProbability> probabilities) {
            if (text.isEmpty()) {
                return;
            }
            if (writer.request().logprobs().isPresent()) {
                events.send(writer.piece(answer, text, probabilities, written[answer]));
            } else {
                events.send(text(answer), text);
            }
            written[answer] += text.length();
        }

        private TextEvent text(int answer) {
            TextEvent known = texts[answer];
            if (known == null) {
                known = TextEvent.of(text -> writer.piece(answer, text, List.of(), 0));
                texts[answer] = known;
            }
            return known;
        }

        @Override
        public void ended(int answer, ChatMessage message, Generation generation) {
            super.ended(answer, message, generation);
            events.send(writer.end(answer, generation));
        }
    }
}
