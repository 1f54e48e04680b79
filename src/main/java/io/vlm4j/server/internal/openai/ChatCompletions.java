package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.Faults;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `POST /v1/chat/completions`.
public record ChatCompletions(Services services) implements Admission.Action {
    @Override
    public void run(Exchange exchange) {
        ChatRequest request = ChatRequest.read(Fields.of(exchange.takeBody()), services);
        ChatJsonWriter writer = new ChatJsonWriter(
                RandomId.of("chatcmpl-"),
                Instant.now().getEpochSecond(),
                services.name(),
                new Logprobs(services.model().tokenizer()),
                request.logprobs().isPresent());
        int answers = request.question().options().size();
        if (request.stream()) {
            stream(request, new Stream(exchange, writer, answers), exchange);
        } else {
            Collected collected = new Collected(answers);
            services.answer(request.question(), exchange, collected);
            exchange.send(
                    Answer.json(200, Json.bytes(writer.completion(collected.messages(), collected.generations()))));
        }
    }

    private void stream(ChatRequest request, Stream stream, Exchange exchange) {
        try {
            services.answer(request.question(), exchange, stream);
            if (request.includeUsage()) {
                stream.events.send(stream.writer.usage(stream.generations()));
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

    private static final class Stream extends Collected {
        private final EventStream events;
        private final ChatJsonWriter writer;
        private final int answers;
        private final @Nullable TextEvent[] texts; // for each answer, once it has text

        Stream(Exchange exchange, ChatJsonWriter writer, int answers) {
            super(answers);
            this.events = new EventStream(exchange);
            this.writer = writer;
            this.answers = answers;
            this.texts = new TextEvent[answers];
        }

        @Override
        public boolean hears() {
            return true;
        }

        @Override
        public void begun(int promptTokens, int reused) {
            for (int i = 0; i < answers; i++) {
                events.send(writer.role(i));
            }
        }

        @Override
        public void said(int answer, AnswerEvent event, List<TokenProbability> probabilities) {
            if (event instanceof AnswerEvent.ContentDelta more && !writer.withLogprobs()) {
                events.send(text(answer), more.text());
            } else {
                events.send(writer.delta(answer, event, probabilities));
            }
        }

        private TextEvent text(int answer) {
            TextEvent known = texts[answer];
            if (known == null) {
                known = TextEvent.of(text -> writer.delta(answer, new AnswerEvent.ContentDelta(text), List.of()));
                texts[answer] = known;
            }
            return known;
        }

        @Override
        public void ended(int answer, ChatMessage message, Generation generation) {
            super.ended(answer, message, generation);
            events.send(writer.end(answer, message, generation));
        }
    }
}
