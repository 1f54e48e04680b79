package io.vlm4j.server.internal.openai;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.attention.AttendedAnswer;
import io.vlm4j.attention.AttentionRecipe;
import io.vlm4j.attention.WordAttention;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.Role;
import io.vlm4j.server.internal.Question;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.Workplace;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /vlm4j/attention`: where the model looks in the last picture of a conversation for each word of its answer.
/// Takes what chat completions take.
public record Attention(Services services, Workplace workplace) implements Admission.Action {
    private static final int LONGEST_SIDE = 512;
    private static final int MOST_TOKENS = 256;

    @Override
    public void run(Exchange exchange) {
        AnswerAttention attention = services.served()
                .attention()
                .orElseThrow(() -> Fault.of(501, "this server shows no attention; start it with --attention"));
        ChatRequest request = ChatRequest.read(Fields.of(exchange.takeBody()), services);
        ImageInput image = image(pictured(request.question().messages()));
        var options = request.question().options().getFirst();
        var bounded = options.toBuilder()
                .maxTokens(Math.min(options.maxTokens(), MOST_TOKENS))
                .build();
        Cancellation cancellation = new Cancellation();
        exchange.onStop(cancellation::cancel);
        byte[] answer = workplace.run(() -> {
            Prompt prompt = prompt(request.question());
            return Json.bytes(
                    document(attention.ask(prompt, bounded, AttentionRecipe.LATE_LAYERS, cancellation), image));
        });
        exchange.send(Answer.json(200, answer));
    }

    private Prompt prompt(Question.OfChat question) {
        try (RenderedChat rendered = services.served().template().render(question.messages(), question.rendering())) {
            return rendered.prompt();
        }
    }

    private static ChatMessage pictured(List<ChatMessage> messages) {
        return messages.stream()
                .filter(message -> message.role() == Role.USER)
                .filter(message -> message.content().stream().anyMatch(Content.Image.class::isInstance))
                .reduce((_, later) -> later)
                .orElseThrow(() -> Fault.of("messages", "messages hold no question about a picture"));
    }

    private static ImageInput image(ChatMessage pictured) {
        List<Content.Image> images = pictured.content().stream()
                .filter(Content.Image.class::isInstance)
                .map(Content.Image.class::cast)
                .toList();
        if (images.size() > 1) {
            throw Fault.of("messages", "messages: attention is shown over one picture, not " + images.size());
        }
        return images.getFirst().image();
    }

    private static ObjectNode document(AttendedAnswer answer, ImageInput image) {
        ObjectNode node = Json.object().put("text", answer.generation().text());
        ArrayNode words = node.putArray("words");
        for (WordAttention word : answer.words()) {
            byte[] picture = word.map().over(image, LONGEST_SIDE).encoded();
            words.addObject()
                    .put("text", word.text())
                    .put("image_share", word.imageShare())
                    .put(
                            "heatmap",
                            "data:image/png;base64," + Base64.getEncoder().encodeToString(picture));
        }
        return node;
    }
}
