package io.vlm4j.server.internal.openai;

import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Json;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models`: the one model that there is, and what it can do.
public final class Models implements Admission.Action {
    private final byte[] list;

    public Models(Services services) {
        ObjectNode node = Json.object().put("object", "list");
        node.putArray("data").add(model(services));
        list = Json.bytes(node);
    }

    @Override
    public void run(Exchange exchange) {
        exchange.send(Answer.json(200, list));
    }

    /// `GET /v1/models/{model}` with the model's name.
    public static Admission.Action one(Services services) {
        byte[] bytes = Json.bytes(model(services));
        return exchange -> exchange.send(Answer.json(200, bytes));
    }

    private static ObjectNode model(Services services) {
        Model model = services.model();
        ObjectNode node = Json.object()
                .put("id", services.name())
                .put("object", "model")
                .put("created", services.started())
                .put("owned_by", "vlm4j");
        capabilities(services, node.putArray("capabilities"));
        node.putObject("meta")
                .put("n_vocab", model.tokenizer().size())
                .put("n_ctx", services.served().scheduler().slotLength())
                .put("n_ctx_train", model.trainedContextLength())
                .put("n_embd", model.embeddingSize())
                .put("n_params", model.parameters())
                .put("size", model.sizeInBytes())
                .put("description", model.description());
        return node;
    }

    private static void capabilities(Services services, ArrayNode list) {
        list.add("completion").add("chat");
        Optional<Projector> projector = services.served().scheduler().projector();
        ChatTemplate template = services.served().template();
        add(list, "vision", projector.filter(Projector::seesImages).isPresent());
        add(list, "audio", projector.filter(Projector::hearsAudio).isPresent());
        add(list, "tools", template.supports("supports_tools"));
        add(list, "thinking", template.supports("enable_thinking"));
        add(list, "embeddings", services.served().embedder().isPresent());
        add(list, "attention", services.served().attention().isPresent());
    }

    private static void add(ArrayNode list, String capability, boolean has) {
        if (has) {
            list.add(capability);
        }
    }
}
