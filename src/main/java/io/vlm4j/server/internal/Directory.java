package io.vlm4j.server.internal;

import io.vlm4j.server.internal.anthropic.Messages;
import io.vlm4j.server.internal.http.Admission;
import io.vlm4j.server.internal.http.Answer;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.server.internal.json.Json;
import io.vlm4j.server.internal.openai.Attention;
import io.vlm4j.server.internal.openai.ChatCompletions;
import io.vlm4j.server.internal.openai.Completions;
import io.vlm4j.server.internal.openai.Embeddings;
import io.vlm4j.server.internal.openai.LoraAdapters;
import io.vlm4j.server.internal.openai.Models;
import io.vlm4j.server.internal.openai.Responses;
import io.vlm4j.server.internal.openai.Tokenization;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// What is at which path.
final class Directory {
    private Directory() {}

    static void fill(Routes routes, Services services, Figures figures, Workplace workplace) {
        routes.post(new ChatCompletions(services), "/v1/chat/completions", "/chat/completions");
        routes.post(new Completions(services), "/v1/completions");
        routes.post(new Responses(services), "/v1/responses", "/responses");
        routes.post(new Embeddings(services, workplace), "/v1/embeddings", "/embeddings");
        Messages messages = new Messages(services, workplace);
        routes.post(messages, "/v1/messages");
        routes.post(messages::count, "/v1/messages/count_tokens");
        Tokenization tokenization = new Tokenization(services);
        routes.post(tokenization::tokenize, "/tokenize");
        routes.post(tokenization::detokenize, "/detokenize");
        routes.post(new Attention(services, workplace), "/vlm4j/attention");
        routes.get(new Models(services), "/v1/models", "/models");
        routes.get(Models.one(services), "/v1/models/" + services.name());
        routes.get(new LoraAdapters(services), "/lora-adapters");
        routes.open(health(), "/health", "/v1/health");
        routes.get(metrics(figures), "/metrics");
    }

    /// Whether the server is there, as llama-server says it.
    private static Admission.Action health() {
        byte[] ok = Json.bytes(Json.object().put("status", "ok"));
        return exchange -> exchange.send(Answer.json(200, ok).with("cache-control", "no-store"));
    }

    private static Admission.Action metrics(Figures figures) {
        return exchange -> {
            String text = figures.text()
                    .orElseThrow(() -> Fault.of(501, "io.micrometer:micrometer-registry-prometheus is not there"));
            exchange.send(new Answer(
                    200, "text/plain; version=0.0.4; charset=utf-8", text.getBytes(StandardCharsets.UTF_8), Map.of()));
        };
    }
}
