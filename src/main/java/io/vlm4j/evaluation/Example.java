package io.vlm4j.evaluation;

import io.vlm4j.dataset.VisionExample;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// A question with the answers that are right.
///
/// @param name     what reports call it; of files it is the row, counted from 1
/// @param messages up to the answer: usually one of the user, with the picture that it is about
/// @param answers  any of which is right; the first is the one whose perplexity is measured
public record Example(String name, List<ChatMessage> messages, List<String> answers) {
    /// @throws IllegalArgumentException when question or answers are missing or blank
    public Example {
        Objects.requireNonNull(name, "name");
        messages = List.copyOf(messages);
        answers = List.copyOf(answers);
        if (messages.stream().flatMap(message -> message.content().stream()).allMatch(Example::isBlank)) {
            throw new IllegalArgumentException("example " + name + ": the question is blank");
        }
        if (answers.isEmpty() || answers.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("example " + name + ": answers are needed, not " + answers);
        }
    }

    private static boolean isBlank(Content part) {
        return part instanceof Content.Text(String text) && text.isBlank();
    }

    public static Example of(ImageInput image, String question, String answer) {
        return new Example(image.description(), List.of(ChatMessage.user(question, image)), List.of(answer));
    }

    public static Example of(String question, String answer) {
        return new Example(question, List.of(ChatMessage.user(question)), List.of(answer));
    }

    /// A conversation whose last message is the answer, and all before it the question. It is named by its row.
    ///
    /// @throws IllegalArgumentException when question or answer are blank
    public static Example of(VisionExample example) {
        List<String> answers = new ArrayList<>(List.of(example.answer()));
        answers.addAll(example.alternatives());
        return new Example(Long.toString(example.origin().row()), example.question(), answers);
    }

    public Example withName(String newName) {
        return new Example(newName, messages, answers);
    }

    /// The text of the last message before the answer.
    public String question() {
        return messages.getLast().text();
    }

    /// The first picture.
    public Optional<ImageInput> image() {
        return messages.stream()
                .flatMap(message -> message.content().stream())
                .flatMap(part -> part instanceof Content.Image(ImageInput image) ? Stream.of(image) : Stream.empty())
                .findFirst();
    }

    /// For reports of many: texts alone, so that no picture is kept in memory.
    Example withoutMedia() {
        List<ChatMessage> texts = messages.stream()
                .map(message -> message.withText(message.text().isEmpty() ? "(no text)" : message.text()))
                .toList();
        return new Example(name, texts, answers);
    }
}
