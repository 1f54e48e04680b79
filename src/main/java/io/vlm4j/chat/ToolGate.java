package io.vlm4j.chat;

import io.vlm4j.prompt.ToolCall;

/// Decides whether a call that the model asked for is made. A refusal is told to the model, which then answers without.
@FunctionalInterface
public interface ToolGate {
    /// Every call is made.
    ToolGate OPEN = call -> true;

    boolean permits(ToolCall call);
}
