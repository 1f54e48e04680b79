package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class SpeculationFlagsTest {
    private static final String PROMPT = "USER: Is there a dog? ASSISTANT:";
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();

    @TempDir
    Path folder;

    @Test
    void guessesAreCountedAndChangeNothing() {
        String[] plain = {"complete", PROMPT, "--logit-bias", "2=-inf", "-n", "12", "--json"};
        JsonNode without = CommandRun.of(plain).json();
        JsonNode with = CommandRun.of(
                        "complete",
                        PROMPT,
                        "--logit-bias",
                        "2=-inf",
                        "-n",
                        "12",
                        "--json",
                        "--draft-model",
                        TestModels.bundled().toString(),
                        "--draft",
                        "3")
                .json();

        assertThat(without.has("drafts")).isFalse();
        assertThat(with.get("text")).isEqualTo(without.get("text"));
        assertThat(with.get("drafts").propertyNames()).containsExactly("drafted", "accepted", "acceptance_rate");
        assertThat(with.get("drafts").get("accepted").asInt()).isPositive();
        assertThat(with.propertyNames())
                .containsExactly("model", "text", "finish_reason", "usage", "drafts", "timings_ms");
    }

    @Test
    void verboseTellsHowManyWereRight() {
        CommandRun run = CommandRun.of("describe", APPLE, "--lookup", "--verbose");

        assertThat(run.out()).isEqualTo("a red apple\n");
        assertThat(run.err()).contains("guesses were right");
    }

    @Test
    void describeTakesASmallerModel() {
        CommandRun run = CommandRun.of(
                "describe", APPLE, "--draft-model", TestModels.bundled().toString(), "--json");

        JsonNode result = run.json().get("results").get(0);
        assertThat(result.get("answer").asString()).isEqualTo("a red apple");
        assertThat(result.has("drafts")).isTrue();
    }

    @Test
    void optionsThatDoNotGoTogetherAreCodeTwo() {
        CommandRun both = CommandRun.of("complete", PROMPT, "--lookup", "--draft-model", "x.gguf");
        assertThat(both.code()).isEqualTo(ExitCode.USAGE);
        assertThat(both.err()).contains("exclude each other");

        CommandRun alone = CommandRun.of("complete", PROMPT, "--draft", "3");
        assertThat(alone.code()).isEqualTo(ExitCode.USAGE);
        assertThat(alone.err()).contains("--draft needs --lookup or --draft-model");

        CommandRun many = CommandRun.of("complete", PROMPT, "--lookup", "--draft", "65");
        assertThat(many.code()).isEqualTo(ExitCode.USAGE);
        assertThat(many.err()).contains("--draft must be 1 to 64, not 65");
    }

    @Test
    void modelsThatDoNotGoTogetherAreCodeThree() {
        CommandRun missing = CommandRun.of("complete", PROMPT, "--draft-model", "no-such.gguf");
        assertThat(missing.code()).isEqualTo(ExitCode.MODEL);

        CommandRun foreign = CommandRun.of(
                "complete", PROMPT, "--draft-model", TestModels.tinyLlava().toString());
        assertThat(foreign.code()).isEqualTo(ExitCode.MODEL);
        assertThat(foreign.err()).contains("vocabularies differ");
    }

    @Test
    void benchMeasuresWithAndWithout() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "a cat, a dog, a cat, a dog, a cat,");
        JsonNode report = CommandRun.of(
                        "bench",
                        "--lookup",
                        "--text",
                        text.toString(),
                        "--tokens",
                        "8",
                        "--repeat",
                        "1",
                        "--model",
                        TestModels.tinyLlava().toString(),
                        "--json")
                .json();

        JsonNode guessed = report.get("speculative");
        assertThat(guessed.get("drafts").get("drafted").asInt())
                .isGreaterThanOrEqualTo(guessed.get("drafts").get("accepted").asInt());
        assertThat(guessed.get("speed_up").asDouble()).isPositive();
        assertThat(guessed.get("cpu_speed_up").asDouble()).isPositive();
    }
}
