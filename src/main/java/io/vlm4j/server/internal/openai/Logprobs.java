package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.TokenProbability;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.server.internal.json.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Tokens' probabilities, as the model had them before sampling.
record Logprobs(Tokenizer tokenizer) {
    /// Smaller ones are no numbers in JSON.
    private static final float LEAST = -9999;

    /// As chat completions tell them.
    ObjectNode chat(List<TokenProbability> tokens) {
        ObjectNode logprobs = Json.object();
        ArrayNode content = logprobs.putArray("content");
        for (TokenProbability token : tokens) {
            ObjectNode node = content.addObject();
            one(node, token.token(), token.text(), token.logProbability());
            ArrayNode top = node.putArray("top_logprobs");
            for (TokenProbability.Alternative other : token.alternatives()) {
                one(top.addObject(), other.token(), other.text(), other.logProbability());
            }
        }
        logprobs.putNull("refusal");
        return logprobs;
    }

    private void one(ObjectNode node, int id, String text, float logProbability) {
        node.put("id", id).put("token", text).put("logprob", Math.max(LEAST, logProbability));
        ArrayNode bytes = node.putArray("bytes");
        for (byte part : tokenizer.piece(id)) {
            bytes.add(part & 0xFF);
        }
    }

    /// As completions tell them.
    ///
    /// @param offset where in the text the first of them begins
    ObjectNode plain(List<TokenProbability> tokens, int offset) {
        ObjectNode logprobs = Json.object();
        ArrayNode texts = logprobs.putArray("tokens");
        ArrayNode values = logprobs.putArray("token_logprobs");
        ArrayNode tops = logprobs.putArray("top_logprobs");
        ArrayNode offsets = logprobs.putArray("text_offset");
        int at = offset;
        for (TokenProbability token : tokens) {
            texts.add(token.text());
            values.add(Math.max(LEAST, token.logProbability()));
            offsets.add(at);
            at += token.text().length();
            ObjectNode top = tops.addObject();
            token.alternatives().forEach(other -> top.put(other.text(), Math.max(LEAST, other.logProbability())));
        }
        return logprobs;
    }
}
