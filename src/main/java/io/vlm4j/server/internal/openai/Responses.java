package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.server.internal.EventStream;
import io.vlm4j.server.internal.Faults;
import io.vlm4j.server.internal.Question;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.ClientGone;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

/// `POST /v1/responses`. Nothing is kept of a response, so none can be gone on with by its id.
public record Responses(Services services) implements Admission.Action {
    @Override
    public void run(Exchange exchange) {
        Fields request = Fields.of(exchange.takeBody());
        Question.OfChat question = question(request);
        ResponseJsonWriter writer = ResponseJsonWriter.of(request, Instant.now().getEpochSecond(), services.name());
        if (request.flag("stream", false)) {
            stream(question, writer, exchange);
            return;
        }
        Collected collected = new Collected(1);
        services.answer(question, exchange, collected);
        exchange.send(Answer.json(
                200,
                Json.bytes(writer.ended(
                        collected.messages().getFirst(), collected.generations().getFirst()))));
    }

    private Question.OfChat question(Fields request) {
        ResponsesInput.refuseMemory(request);
        RenderOptions.Builder rendering = RenderOptions.builder();
        ToolsReader.read(request, false, services, rendering);
        request.object("text")
                .flatMap(text -> text.object("format"))
                .ifPresent(format -> FormatReader.format(format, false, rendering));
        FormatReader.template(request, services.reasoningFormat(), rendering);
        List<GenerationOptions> options = services.sampling().read(request, 1, "max_output_tokens").stream()
                .map(one -> ChatRequest.chat(one, OptionalInt.empty()))
                .toList();
        List<ChatMessage> messages = ResponsesInput.read(request, services.media());
        ChatRequest.continued(messages, rendering);
        return new Question.OfChat(messages, rendering.build(), options);
    }

    private void stream(Question.OfChat question, ResponseJsonWriter writer, Exchange exchange) {
        EventStream events = new EventStream(exchange);
        ResponseStream stream = new ResponseStream(events, writer);
        try {
            services.answer(question, exchange, stream);
        } catch (ClientGone e) {
            throw e;
        } catch (RuntimeException e) {
            if (!events.hasBegun()) {
                throw e;
            }
            stream.failed(Faults.of(e, exchange.id()).text());
        }
        events.end();
    }
}
