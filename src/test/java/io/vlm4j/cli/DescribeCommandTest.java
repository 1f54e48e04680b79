package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.AudioFiles;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.RandomAudioProjector;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class DescribeCommandTest {
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();
    private static final String TOMATO = TestModels.sample("09-tomato.png").toString();

    @TempDir
    private Path folder;

    /// Each question once, about all pictures that it is asked of.
    private static Map<String, Map<String, String>> answersByQuestion() {
        Map<String, Map<String, String>> questions = new LinkedHashMap<>();
        for (JsonNode sample : Golden.json(TestModels.sample("samples.json")).get("samples")) {
            String image = TestModels.sample(sample.get("image").asString()).toString();
            for (JsonNode question : sample.get("questions")) {
                questions
                        .computeIfAbsent(question.get("question").asString(), text -> new LinkedHashMap<>())
                        .put(image, question.get("answer").asString());
            }
        }
        return questions;
    }

    @Test
    void everyQuestionAboutEverySampleIsAnsweredAsTheModelCardSays() {
        Map<String, String> expected = new LinkedHashMap<>();
        Map<String, String> given = new LinkedHashMap<>();
        answersByQuestion().forEach((question, answers) -> {
            List<String> line = new ArrayList<>(List.of("describe", "--json", "--prompt", question));
            line.addAll(answers.keySet());
            for (JsonNode result : CommandRun.of(line).json().get("results")) {
                String image = result.get("image").asString();
                expected.put(image + " " + question, answers.get(image));
                given.put(image + " " + question, result.get("answer").asString());
            }
        });

        assertThat(given).hasSizeGreaterThan(80).isEqualTo(expected);
    }

    @Test
    void onePictureIsAnsweredWithoutMuchAdo() {
        assertThat(CommandRun.of("describe", APPLE)).isEqualTo(new CommandRun(0, "a red apple\n", ""));
    }

    @Test
    void severalPicturesAreAnsweredUnderTheirNames() {
        CommandRun run = CommandRun.of("describe", APPLE, TOMATO);

        assertThat(run.out()).isEqualTo(APPLE + ": a red apple\n" + TOMATO + ": a tomato\n");
    }

    @Test
    void standardInputIsAPictureToo() throws IOException {
        CommandRun run = CommandRun.of(Files.readAllBytes(Path.of(APPLE)), "describe", "-");

        assertThat(run).isEqualTo(new CommandRun(0, "a red apple\n", ""));
    }

    @Test
    void jsonHasTheDocumentedShape() {
        JsonNode document = CommandRun.of("describe", "--json", APPLE).json();

        assertThat(document.propertyNames()).containsExactly("model", "mmproj", "prompt", "results");
        assertThat(document.get("model").asString())
                .isEqualTo(TestModels.bundled().toString());
        assertThat(document.get("mmproj").asString())
                .isEqualTo(TestModels.bundledProjector().toString());
        JsonNode result = document.get("results").get(0);
        assertThat(result.propertyNames()).containsExactly("image", "answer", "finish_reason", "usage", "timings_ms");
        assertThat(result.get("image").asString()).isEqualTo(APPLE);
        assertThat(result.get("answer").asString()).isEqualTo("a red apple");
        assertThat(result.get("finish_reason").asString()).isEqualTo("end_of_generation");
        assertThat(result.get("usage").toString())
                .isEqualTo(
                        "{\"prompt_tokens\":79,\"image_tokens\":64,\"reused_tokens\":0,\"cached_image_tokens\":0,\"completion_tokens\":4,\"total_tokens\":83}");
        assertThat(result.get("timings_ms").propertyNames())
                .containsExactly("prepare", "image_encode", "prefill", "decode", "total");
    }

    @Test
    void togetherIsOneQuestionAboutAllPictures() {
        JsonNode document =
                CommandRun.of("describe", "--json", "--together", APPLE, TOMATO).json();

        assertThat(document.get("prompt").asString()).isEqualTo("What is shown in these images?");
        assertThat(document.get("results")).hasSize(1);
        JsonNode result = document.get("results").get(0);
        assertThat(result.get("images").toString()).isEqualTo("[\"" + APPLE + "\",\"" + TOMATO + "\"]");
        assertThat(result.get("usage").get("image_tokens").asInt()).isEqualTo(128);
    }

    @Test
    void aBadPictureDoesNotKeepTheOthersFromBeingDescribed() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");
        CommandRun run = CommandRun.of("describe", bad.toString(), APPLE);

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.out()).isEqualTo(APPLE + ": a red apple\n");
        assertThat(run.err()).startsWith("vlm4j: " + bad).hasLineCount(1);

        CommandRun json = CommandRun.of("describe", "--json", bad.toString(), APPLE);
        assertThat(json.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(json.json().get("results").get(0).propertyNames()).containsExactly("image", "error");
        assertThat(json.json().get("results").get(1).get("answer").asString()).isEqualTo("a red apple");
    }

    @Test
    void soundsAreKnownByTheirContent() throws IOException {
        Path projector = folder.resolve("mmproj.gguf");
        new RandomAudioProjector(TestModels.bundledEmbedding(), 1).write(TestModels.bundledProjector(), projector);
        String chirp =
                Files.write(folder.resolve("chirp.png"), AudioFiles.chirpWav()).toString();
        List<String> line = List.of(
                "describe",
                "--model",
                TestModels.bundled().toString(),
                "--mmproj",
                projector.toString(),
                "--max-tokens",
                "3",
                "--json",
                chirp);

        JsonNode one = CommandRun.of(line).json();
        assertThat(one.get("prompt").asString()).isEqualTo("What is heard in this recording?");
        assertThat(one.get("results").get(0).get("audio").asString()).isEqualTo(chirp);
        assertThat(one.get("results").get(0).get("usage").get("image_tokens").asInt())
                .isEqualTo(RandomAudioProjector.TOKENS_PER_WINDOW);

        List<String> piped = new ArrayList<>(line);
        piped.set(piped.size() - 1, "-");
        JsonNode standardInput = CommandRun.of(AudioFiles.golden("chirp.mp3"), piped.toArray(String[]::new))
                .json();
        assertThat(standardInput.get("results").get(0).get("audio").asString()).isEqualTo("-");
        assertThat(standardInput.get("results").get(0).has("answer")).isTrue();

        List<String> both = new ArrayList<>(line);
        both.addAll(List.of("--together", APPLE));
        JsonNode together = CommandRun.of(both).json();
        assertThat(together.get("prompt").asString()).isEqualTo("What are these?");
        JsonNode result = together.get("results").get(0);
        assertThat(result.get("images").toString()).isEqualTo("[\"" + APPLE + "\"]");
        assertThat(result.get("audios").toString()).isEqualTo("[\"" + chirp + "\"]");
        assertThat(result.get("usage").get("image_tokens").asInt())
                .isEqualTo(64 + RandomAudioProjector.TOKENS_PER_WINDOW);
    }

    @Test
    void aModelThatCannotHearSaysSo() throws IOException {
        Path chirp = Files.write(folder.resolve("chirp.wav"), AudioFiles.chirpWav());
        CommandRun run = CommandRun.of("describe", chirp.toString());

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.err())
                .isEqualTo("vlm4j: " + TestModels.bundledProjector() + " cannot hear sounds, such as " + chirp + "\n");
    }

    @Test
    void answersThatWereCutAreSaidToBe() {
        CommandRun cut = CommandRun.of("describe", APPLE, "--max-tokens", "2");
        assertThat(cut.code()).isEqualTo(ExitCode.OK);
        assertThat(cut.out()).isEqualTo("a red\n");
        assertThat(cut.err()).isEqualTo("vlm4j: stopped after 2 tokens (--max-tokens)\n");

        assertThat(CommandRun.of("describe", APPLE, "--max-tokens", "2", "--quiet")
                        .err())
                .isEmpty();
        assertThat(CommandRun.of("describe", APPLE, "--stop", " apple").out()).isEqualTo("a red\n");
    }

    @Test
    void promptsThatDoNotFitAreCodeFive() {
        CommandRun run = CommandRun.of("describe", APPLE, "--prompt", "a red apple and ".repeat(1000));

        assertThat(run.code()).isEqualTo(ExitCode.PROMPT);
        assertThat(run.err()).contains("1024");
    }

    @Test
    void grammarsAndSchemasShapeTheAnswer() throws IOException {
        Path schema = Files.writeString(
                folder.resolve("colour.json"),
                "{\"type\": \"object\", \"properties\": {\"background\": {\"enum\": [\"white\", \"red\"]}},"
                        + " \"required\": [\"background\"], \"additionalProperties\": false}");
        Path grammar = Files.writeString(folder.resolve("digit.gbnf"), "root ::= \"digit \" [0-9]");
        Path broken = Files.writeString(folder.resolve("broken.gbnf"), "root ::= (");

        assertThat(CommandRun.of("describe", APPLE, "--schema", schema.toString())
                        .out())
                .matches("\\{\\s*\"background\"\\s*:\\s*\"(white|red)\"\\s*}\n");
        assertThat(CommandRun.of("describe", APPLE, "--grammar", grammar.toString())
                        .out())
                .matches("digit [0-9]\n");
        assertThat(CommandRun.of("describe", APPLE, "--grammar", broken.toString())
                        .code())
                .isEqualTo(ExitCode.PROMPT);
    }

    @Test
    void aSeedMakesDrawsRepeatable() {
        String[] line = {"describe", APPLE, "--temperature", "1.5", "--seed", "7", "--prompt", "How many objects?"};

        assertThat(CommandRun.of(line).out()).isEqualTo(CommandRun.of(line).out());
    }

    @Test
    void modelsThatDoNotBelongTogetherAreCodeThree() {
        CommandRun run = CommandRun.of(
                "describe",
                APPLE,
                "--model",
                TestModels.bundled().toString(),
                "--mmproj",
                TestModels.tinyLlavaProjector().toString());

        assertThat(run.code()).isEqualTo(ExitCode.MODEL);
        assertThat(run.err()).contains("llava-mmproj.gguf");
    }

    @Test
    void whoWantsToLeaveIsLetGo() {
        Interruption interruption = new Interruption();
        interruption.request();
        CommandRun run = CommandRun.of(interruption, new byte[0], "describe", APPLE);

        assertThat(run).isEqualTo(new CommandRun(ExitCode.INTERRUPTED, "", ""));
    }
}
