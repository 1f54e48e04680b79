package io.vlm4j.scheduling;

import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.List;

/// Prompts for the bundled model, some of them about pictures.
final class Prompts {
    static final List<String> PICTURES = List.of(
            "01-musical_note-avocado.png",
            "02-phone-toilet.png",
            "03-anchor-pufferfish-rocket.png",
            "05-syringe.png",
            "06-red_apple.png",
            "08-box.png");
    private static final List<String> QUESTIONS =
            List.of("What is shown in this image?", "How many objects are there?", "Describe the image.");
    private static final List<String> TEXTS = List.of(
            "USER: What is",
            "a red apple and a house, a house and a house, a house and",
            "The picture shows",
            "one two three four five six seven eight nine ten eleven twelve",
            "USER: Is there a dog? ASSISTANT:",
            "USER: Is the background white? ASSISTANT: yes USER: and red? ASSISTANT:",
            "USER: Is the background white? ASSISTANT: yes USER: and blue? ASSISTANT:");

    private Prompts() {}

    /// 32 prompts.
    static List<Prompt> some() {
        List<Prompt> prompts = new ArrayList<>();
        for (String picture : PICTURES) {
            for (String question : QUESTIONS) {
                prompts.add(about(picture, question));
            }
        }
        for (String text : TEXTS) {
            prompts.add(Prompt.builder().markup(text).build());
            prompts.add(Prompt.builder().markup(text + " a cat").build());
        }
        return prompts;
    }

    static Prompt about(String picture, String question) {
        return Prompt.parse("USER: <image>\n" + question + " ASSISTANT:", ImageInput.of(TestModels.sample(picture)));
    }
}
