package io.vlm4j.server.internal.openai;

import io.vlm4j.model.Tokenizer;
import io.vlm4j.server.internal.Services;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.http.Exchange;
import io.vlm4j.server.internal.json.Fields;
import io.vlm4j.server.internal.json.Json;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /tokenize` and `/detokenize`, as llama-server has them.
public record Tokenization(Services services) {
    public void tokenize(Exchange exchange) {
        Fields request = Fields.of(exchange.takeBody());
        Tokenizer tokenizer = services.model().tokenizer();
        int[] tokens = tokenizer.encode(
                request.text("content"), request.flag("add_special", false), request.flag("parse_special", true));
        boolean withPieces = request.flag("with_pieces", false);
        ObjectNode node = Json.object();
        ArrayNode list = node.putArray("tokens");
        for (int token : tokens) {
            if (withPieces) {
                piece(list.addObject().put("id", token), tokenizer.piece(token));
            } else {
                list.add(token);
            }
        }
        exchange.send(Answer.json(200, Json.bytes(node)));
    }

    /// A text, or its bytes where they are no whole characters.
    private static void piece(ObjectNode node, byte[] bytes) {
        try {
            node.put(
                    "piece",
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            ArrayNode numbers = node.putArray("piece");
            for (byte part : bytes) {
                numbers.add(part & 0xFF);
            }
        }
    }

    public void detokenize(Exchange exchange) {
        Fields request = Fields.of(exchange.takeBody());
        JsonNode given = request.get("tokens");
        if (!given.isArray()) {
            throw request.wrong("tokens", "an array of token ids");
        }
        Tokenizer tokenizer = services.model().tokenizer();
        int[] tokens = TokensReader.tokens(given, tokenizer, request.at("tokens"));
        ObjectNode node = Json.object().put("content", tokenizer.decode(tokens, false));
        exchange.send(Answer.json(200, Json.bytes(node)));
    }
}
