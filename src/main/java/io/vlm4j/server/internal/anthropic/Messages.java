package io.vlm4j.server.internal.anthropic;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Continuation;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.Faults;
import io.vlm4j.server.internal.Question;
import io.vlm4j.server.internal.RandomId;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.Workplace;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.ClientGone;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.ErrorShape;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import io.vlm4j.server.internal.openai.Collected;
import java.util.List;
import java.util.OptionalInt;

/// `POST /v1/messages` and `/v1/messages/count_tokens`.
public record Messages(Services services, Workplace workplace) implements Admission.Action {
    @Override
    public void run(Exchange exchange) {
        Fields request = Fields.of(exchange.takeBody());
        if (request.integer("max_tokens", 1, Integer.MAX_VALUE).isEmpty()) {
            throw request.wrong("max_tokens", "an integer");
        }
        Question.OfChat question = question(request);
        MessageWriter writer = new MessageWriter(RandomId.of("msg_"), services.name());
        if (request.flag("stream", false)) {
            stream(question, writer, exchange);
            return;
        }
        Collected collected = new Collected(1);
        services.answer(question, exchange, collected);
        exchange.send(Answer.json(
                200,
                Json.bytes(writer.message(
                        collected.messages().getFirst(), collected.generations().getFirst()))));
    }

    private Question.OfChat question(Fields request) {
        RenderOptions.Builder rendering = RenderOptions.builder().reasoningFormat(services.reasoningFormat());
        MessagesReader.tools(request, services, rendering);
        OptionalInt budget = request.object("thinking")
                .map(thinking -> OptionalInt.of(thinking.text("type").equals("disabled") ? 0 : 1))
                .orElse(OptionalInt.empty());
        rendering.enableThinking(budget.orElse(0) > 0);
        List<String> stops = services.sampling().stops(request, "stop_sequences");
        List<GenerationOptions> options = services.sampling().read(request, 1, "max_tokens").stream()
                .map(one -> one.toBuilder().trimLeadingSpace(true).stops(stops).build())
                .toList();
        List<ChatMessage> messages = MessagesReader.read(request, services.media());
        if (messages.getLast().role() == Role.ASSISTANT) {
            rendering.continuation(Continuation.AUTO);
        }
        return new Question.OfChat(messages, rendering.build(), options);
    }

    private void stream(Question.OfChat question, MessageWriter writer, Exchange exchange) {
        EventStream events = new EventStream(exchange);
        try {
            services.answer(question, exchange, new MessageStream(events, writer));
        } catch (ClientGone e) {
            throw e;
        } catch (RuntimeException e) {
            if (!events.hasBegun()) {
                throw e;
            }
            events.send("error", ErrorShape.ANTHROPIC.body(Faults.of(e, exchange.id())));
        }
        events.end();
    }

    /// How many tokens a conversation takes, pictures included, without answering it.
    public void count(Exchange exchange) {
        Question.OfChat question = question(Fields.of(exchange.takeBody()));
        int tokens = workplace.run(() -> count(question));
        exchange.send(Answer.json(200, Json.bytes(Json.object().put("input_tokens", tokens))));
    }

    private int count(Question.OfChat question) {
        try (RenderedChat rendered = services.served().template().render(question.messages(), question.rendering())) {
            Prompt prompt = rendered.prompt();
            try (TokenizedPrompt tokenized = TokenizedPrompt.of(
                    prompt,
                    services.model(),
                    services.served().scheduler().projector().orElse(null))) {
                return tokenized.tokens();
            }
        }
    }
}
