package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.server.internal.json.Json;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// How a generation ended and what it took, in the words of OpenAI and of llama-server.
final class Outcome {
    private Outcome() {}

    /// A generation that was cut, by a limit or by the server's end, is one that was cut for its length.
    static String finishReason(FinishReason reason, ChatMessage message) {
        return switch (reason) {
            case END_OF_GENERATION, STOP_STRING -> message.toolCalls().isEmpty() ? "stop" : "tool_calls";
            case MAX_TOKENS, CONTEXT_FULL, CANCELLED -> "length";
        };
    }

    /// Of several answers to one prompt, whose tokens count once.
    static ObjectNode usage(List<Generation> generations) {
        Usage first = generations.getFirst().usage();
        int completion = generations.stream()
                .mapToInt(generation -> generation.usage().completionTokens())
                .sum();
        return usage(first.promptTokens(), first.reusedTokens(), first.imageTokens(), completion);
    }

    static ObjectNode usage(int prompt, int reused, int images, int completion) {
        ObjectNode usage = Json.object()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion);
        usage.putObject("prompt_tokens_details").put("cached_tokens", reused).put("image_tokens", images);
        return usage;
    }

    /// llama-server's `timings`, and the pictures' part of them.
    static ObjectNode timings(Generation generation) {
        Usage usage = generation.usage();
        Timings timings = generation.timings();
        int evaluated = usage.promptTokens() - usage.reusedTokens();
        double prompt = milliseconds(timings.prefill().plus(timings.imageEncode()));
        double decode = milliseconds(timings.decode());
        return Json.object()
                .put("cache_n", usage.reusedTokens())
                .put("prompt_n", evaluated)
                .put("prompt_ms", prompt)
                .put("prompt_per_token_ms", ratio(prompt, evaluated))
                .put("prompt_per_second", ratio(1000.0 * evaluated, prompt))
                .put("predicted_n", usage.completionTokens())
                .put("predicted_ms", decode)
                .put("predicted_per_token_ms", ratio(decode, usage.completionTokens()))
                .put("predicted_per_second", ratio(1000.0 * usage.completionTokens(), decode))
                .put("image_n", usage.imageTokens())
                .put("image_ms", milliseconds(timings.imageEncode()));
    }

    private static double milliseconds(Duration time) {
        return Math.rint(time.toNanos() / 1000.0) / 1000;
    }

    private static double ratio(double value, double by) {
        return by > 0 ? value / by : 0;
    }
}
