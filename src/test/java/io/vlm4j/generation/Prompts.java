package io.vlm4j.generation;

import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.List;

/// A hundred prompts for the bundled model, half of them about pictures.
final class Prompts {
    private static final List<String> PICTURES = List.of(
            "01-musical_note-avocado.png",
            "02-phone-toilet.png",
            "03-anchor-pufferfish-rocket.png",
            "04-computer_mouse-radio-mirror-candle.png",
            "05-syringe.png",
            "06-red_apple.png",
            "07-lifebuoy-camel.png",
            "08-box.png",
            "09-tomato.png",
            "10-sun-ping_pong_paddle.png");
    private static final List<String> QUESTIONS = List.of(
            "What is shown in this image?",
            "How many objects are there?",
            "What color is the background?",
            "Is there a dog?",
            "Describe the image, object by object.");
    private static final List<String> BEGINNINGS =
            List.of("USER: What is", "a red apple and", "The picture shows", "one two three", "USER: Is there");
    private static final List<String> ENDINGS = List.of(
            " a dog? ASSISTANT:",
            " a house, a house and a house, a house and",
            " in the image",
            " left of the",
            " the background white ASSISTANT: yes USER: and red? ASSISTANT:",
            " four",
            " a cat, a dog and a",
            "",
            ".",
            " no, it is");

    private Prompts() {}

    static List<Prompt> aHundred() {
        List<Prompt> prompts = new ArrayList<>();
        for (String picture : PICTURES) {
            for (String question : QUESTIONS) {
                prompts.add(about(picture, question));
            }
        }
        for (String beginning : BEGINNINGS) {
            for (String ending : ENDINGS) {
                prompts.add(Prompt.builder().markup(beginning + ending).build());
            }
        }
        return prompts;
    }

    static Prompt about(String picture, String question) {
        return Prompt.parse("USER: <image>\n" + question + " ASSISTANT:", ImageInput.of(TestModels.sample(picture)));
    }
}
