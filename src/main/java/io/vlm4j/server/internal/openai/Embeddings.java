package io.vlm4j.server.internal.openai;

import io.vlm4j.inference.Embedder;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.Workplace;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/embeddings`.
public record Embeddings(Services services, Workplace workplace) implements Admission.Action {
    private static final int MOST_TEXTS = 2048; // as OpenAI has it

    @Override
    public void run(Exchange exchange) {
        Embedder embedder = services.served()
                .embedder()
                .orElseThrow(() -> Fault.of(501, "this server makes no embeddings; start it with --embeddings"));
        Fields request = Fields.of(exchange.takeBody());
        boolean base64 = base64(request);
        if (request.has("dimensions")
                && request.integer("dimensions", 1, Integer.MAX_VALUE).getAsInt() != embedder.size()) {
            throw request.refused(
                    "dimensions", "cannot be chosen: this model's embeddings have " + embedder.size() + " numbers");
        }
        List<int[]> texts = new ArrayList<>();
        int all = 0;
        for (JsonNode input : TokensReader.inputs(request, "input", MOST_TEXTS)) {
            int[] tokens = tokens(input, request.at("input"), embedder);
            all += tokens.length;
            texts.add(tokens);
        }
        ObjectNode node = Json.object().put("object", "list").put("model", services.name());
        ArrayNode data = node.putArray("data");
        for (int[] tokens : texts) {
            if (exchange.isGone()) {
                return;
            }
            float[] vector = workplace.run(() -> embedder.embed(tokens));
            ObjectNode one = data.addObject().put("object", "embedding").put("index", data.size() - 1);
            if (base64) {
                one.put("embedding", Base64.getEncoder().encodeToString(bytes(vector)));
            } else {
                ArrayNode numbers = one.putArray("embedding");
                for (float number : vector) {
                    numbers.add(number);
                }
            }
        }
        node.putObject("usage").put("prompt_tokens", all).put("total_tokens", all);
        exchange.send(Answer.json(200, Json.bytes(node)));
    }

    private static boolean base64(Fields request) {
        String format = request.optionalText("encoding_format").orElse("float");
        return switch (format) {
            case "float" -> false;
            case "base64" -> true;
            default -> throw request.refused("encoding_format", "must be float or base64, not '" + format + "'");
        };
    }

    private int[] tokens(JsonNode input, String path, Embedder embedder) {
        Tokenizer tokenizer = services.model().tokenizer();
        int[] tokens = input.isString()
                ? tokenizer.encode(input.stringValue(), true, false)
                : TokensReader.tokens(input, tokenizer, path);
        if (tokens.length == 0 || (input.isString() && input.stringValue().isEmpty())) {
            throw Fault.of(path, path + " holds an empty text");
        }
        if (tokens.length > embedder.contextLength()) {
            throw Fault.of(
                    path,
                    path + " holds a text of " + tokens.length + " tokens; " + embedder.contextLength()
                            + " are embedded at most");
        }
        return tokens;
    }

    private static byte[] bytes(float[] vector) {
        ByteBuffer buffer = ByteBuffer.allocate(vector.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            buffer.putFloat(number);
        }
        return buffer.array();
    }
}
