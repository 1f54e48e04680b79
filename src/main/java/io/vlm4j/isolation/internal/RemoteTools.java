package io.vlm4j.isolation.internal;

import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Tool;
import io.vlm4j.prompt.ToolCall;

/// Answers the worker's questions to code of the application's: tools and the gate before them. What a tool throws is
/// told to the model; errors of the machine come out.
record RemoteTools(ChatOptions options) {
    Requests.Answer answer(Requests.Question question) {
        return question.gate()
                ? new Requests.Answer(options.gate().permits(question.call()), false, "")
                : called(question.call());
    }

    private Requests.Answer called(ToolCall call) {
        Tool tool = options.tools().stream()
                .filter(candidate -> candidate.name().equals(call.name()))
                .findFirst()
                .orElseThrow();
        try {
            return new Requests.Answer(true, false, tool.function().call(call.arguments()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Requests.Answer(true, true, "the call was interrupted");
        } catch (Exception e) {
            String reason = e.getMessage();
            return new Requests.Answer(
                    true,
                    true,
                    reason == null || reason.isBlank() ? e.getClass().getSimpleName() : reason);
        }
    }
}
