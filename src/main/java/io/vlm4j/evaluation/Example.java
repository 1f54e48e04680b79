package io.vlm4j.evaluation;

import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A question with the answers that are right.
///
/// @param name    what reports call it; in files it is the row, counted from 1
/// @param image   what it is about; a question may be about nothing but itself
/// @param answers any of which is right; the first is the one whose perplexity is measured
public record Example(String name, Optional<ImageInput> image, String question, List<String> answers) {
    /// @throws IllegalArgumentException when question or answers are missing or blank
    public Example {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(image, "image");
        answers = List.copyOf(answers);
        if (question.isBlank()) {
            throw new IllegalArgumentException("example " + name + ": the question is blank");
        }
        if (answers.isEmpty() || answers.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("example " + name + ": answers are needed, not " + answers);
        }
    }

    public static Example of(ImageInput image, String question, String answer) {
        return new Example(image.description(), Optional.of(image), question, List.of(answer));
    }

    public static Example of(String question, String answer) {
        return new Example(question, Optional.empty(), question, List.of(answer));
    }

    ChatMessage message() {
        return image.map(picture -> ChatMessage.user(question, picture)).orElseGet(() -> ChatMessage.user(question));
    }
}
