package io.vlm4j.cli;

import io.vlm4j.chat.Chat;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatTemplate;
import java.nio.file.Path;
import java.util.List;

/// A conversation about a picture, measured: how long until an answer begins.
///
/// @param first  milliseconds, with everything to be read and the picture to be looked at
/// @param second milliseconds, in the next turn
record TurnBench(double first, double second) {
    private static final ChatOptions OPTIONS = ChatOptions.builder()
            .generation(GenerationOptions.builder().maxTokens(1).ignoreEnd(true).build())
            .build();

    static TurnBench round(Generator generator, ChatTemplate template, Path file) {
        generator.context().clear();
        Chat chat = Chat.of(generator, template, OPTIONS);
        double first = untilAnswer(chat, "What is shown in this image?", ImageInput.of(file));
        return new TurnBench(first, untilAnswer(chat, "Which colours are in it?"));
    }

    /// The answers have one token.
    private static double untilAnswer(Chat chat, String question, ImageInput... images) {
        long start = System.nanoTime();
        chat.say(question, images);
        return (System.nanoTime() - start) / 1e6;
    }

    static TurnBench median(List<TurnBench> rounds) {
        return new TurnBench(Round.median(rounds, TurnBench::first), Round.median(rounds, TurnBench::second));
    }
}
