package io.vlm4j.processing;

import io.vlm4j.prompt.Prompt;
import java.util.List;

/// One example of a batch: a prompt, and the answer whose tokens count for the loss. An immutable value.
///
/// @param prompt what the model is given; its tokens do not count
/// @param answer what it should go on with; empty: nothing counts
public record Example(Prompt prompt, List<Prompt.Part> answer) {
    /// @throws IllegalArgumentException when the answer holds pictures or sounds
    public Example {
        answer = List.copyOf(answer);
        if (answer.stream().anyMatch(part -> part instanceof Prompt.Image || part instanceof Prompt.Audio)) {
            throw new IllegalArgumentException("an answer is text, but this one has pictures or sounds");
        }
    }

    /// A prompt without an answer.
    public Example(Prompt prompt) {
        this(prompt, List.of());
    }

    /// A prompt and an answer in which texts of special tokens become those tokens, such as the `</s>` behind it. Text
    /// of which it is not known what is in it belongs into a [Prompt.PlainText] of its own.
    public static Example of(Prompt prompt, String answer) {
        return new Example(prompt, answer.isEmpty() ? List.of() : List.of(new Prompt.Markup(answer)));
    }
}
