package io.vlm4j.server.internal;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.ChatMessage;
import java.util.List;

/// Hears answers being made; one call at a time, those of one answer in order.
public interface AnswerListener {
    /// Everything is in order: a prompt was evaluated. Called once, before all else.
    ///
    /// @param promptTokens of the prompt that was first
    /// @param reused       of them, those that were remembered
    default void begun(int promptTokens, int reused) {}

    /// Whether it wants to hear of answers while they are made; else of their ends alone.
    default boolean hears() {
        return true;
    }

    /// More of an answer; never an [AnswerEvent.Finished].
    ///
    /// @param probabilities of the tokens since the event before, when they were asked for
    default void said(int answer, AnswerEvent event, List<TokenProbability> probabilities) {}

    /// The end of an answer.
    void ended(int answer, ChatMessage message, Generation generation);
}
