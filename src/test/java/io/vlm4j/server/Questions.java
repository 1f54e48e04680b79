package io.vlm4j.server;

import io.vlm4j.testkit.TestModels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/// Bodies of chat completions at temperature 0.
final class Questions {
    private static final List<String> TEXTS = List.of(
            "Tell me a story",
            "Is there a dog?",
            "Is the background white? And red?",
            "Is the background white? And blue?",
            "one two three four five six seven eight nine ten eleven twelve",
            "a red apple and a house, a house and a house, a house and",
            "one two three four five six seven eight nine ten eleven twelve ".repeat(12));
    private static final List<String> SAMPLES = List.of("06-red_apple.png", "07-lifebuoy-camel.png", "08-box.png");

    private Questions() {}

    /// The `content` of questions whose answers are to be compared, with and without pictures.
    static List<String> some() {
        List<String> contents = new ArrayList<>();
        TEXTS.forEach(text -> contents.add('"' + text + '"'));
        for (String sample : SAMPLES) {
            byte[] picture = read(sample);
            contents.add(about(picture, "What is shown in this image?"));
            contents.add(about(picture, "How many objects are there?"));
        }
        return contents;
    }

    private static byte[] read(String sample) {
        try {
            return Files.readAllBytes(TestModels.sample(sample));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// About a picture that nobody has seen before.
    static String aboutNoise(Random random) {
        BufferedImage image = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 48; y++) {
            for (int x = 0; x < 64; x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return about(png.toByteArray(), "What is this?");
    }

    private static String about(byte[] png, String question) {
        return "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\"}},{\"type\":\"text\",\"text\":\"" + question + "\"}]";
    }

    static String body(String content, int tokens, boolean stream) {
        return "{\"temperature\":0,\"ignore_eos\":true,\"max_tokens\":" + tokens + ",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]}";
    }
}
