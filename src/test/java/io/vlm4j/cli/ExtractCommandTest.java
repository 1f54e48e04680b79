package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class ExtractCommandTest {
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();
    private static final String TOMATO = TestModels.sample("09-tomato.png").toString();
    private static final String ANSWER = "{\"objects\": [\"red apple\"], \"count\": 1, \"background\": \"white\"}";

    @TempDir
    private Path folder;

    private String schema;

    @BeforeEach
    void writeSchema() throws IOException {
        schema = Files.writeString(
                        folder.resolve("scene.json"),
                        "{\"type\": \"object\", \"properties\": {\"objects\": {\"type\": \"array\", \"items\":"
                                + " {\"type\": \"string\"}, \"maxItems\": 8}, \"count\": {\"type\": \"integer\"},"
                                + " \"background\": {\"type\": \"string\"}}, \"required\": [\"objects\", \"count\","
                                + " \"background\"], \"additionalProperties\": false}")
                .toString();
    }

    @Test
    void aPictureBecomesADocument() {
        assertThat(CommandRun.of("extract", APPLE, "--schema", schema)).isEqualTo(new CommandRun(0, ANSWER + "\n", ""));
    }

    @Test
    void severalPicturesBecomeADocumentEach() {
        CommandRun run = CommandRun.of("extract", APPLE, TOMATO, "--schema", schema);

        assertThat(run.out()).startsWith(ANSWER + "\n{").contains("tomato").hasLineCount(2);
    }

    @Test
    void jsonHasTheDocumentedShape() {
        JsonNode document =
                CommandRun.of("extract", "--json", APPLE, "--schema", schema).json();

        assertThat(document.propertyNames()).containsExactly("model", "mmproj", "prompt", "results");
        JsonNode result = document.get("results").get(0);
        assertThat(result.propertyNames())
                .containsExactly("image", "value", "confidence", "finish_reason", "usage", "timings_ms");
        assertThat(result.get("value").get("count").asInt()).isEqualTo(1);
        assertThat(result.get("confidence").propertyNames()).containsExactly("/objects/0", "/count", "/background");
        assertThat(result.get("confidence").get("/background").asDouble()).isBetween(0.99, 1.0);
    }

    @Test
    void anAnswerThatWasCutIsAnError() {
        CommandRun run = CommandRun.of("extract", APPLE, "--schema", schema, "--max-tokens", "5");
        assertThat(run.code()).isEqualTo(ExitCode.FAILURE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .startsWith("vlm4j: " + APPLE + ": the answer was cut after 5 tokens")
                .hasLineCount(1);

        JsonNode result = CommandRun.of("extract", "--json", APPLE, "--schema", schema, "--max-tokens", "5")
                .json()
                .get("results")
                .get(0);
        assertThat(result.propertyNames()).containsExactly("image", "text", "error");
        assertThat(result.get("text").asString()).contains("\"objects\"");
    }

    @Test
    void aBadPictureDoesNotKeepTheOthersFromBeingRead() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");
        CommandRun run = CommandRun.of("extract", bad.toString(), APPLE, "--schema", schema);

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.out()).isEqualTo(ANSWER + "\n");
    }

    @Test
    void wrongUseIsToldApart() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.json"), "{\"type\": 7}");

        assertThat(CommandRun.of("extract", APPLE).code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("extract", APPLE, "--schema", "nowhere.json").code())
                .isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("extract", APPLE, "--schema", broken.toString())
                        .code())
                .isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("extract", "nowhere.png", "--schema", schema).code())
                .isEqualTo(ExitCode.IMAGE);
        assertThat(CommandRun.of("extract", APPLE, "--schema", schema, "--temperature", "-1")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void whoWantsToLeaveIsLetGo() {
        Interruption interruption = new Interruption();
        interruption.request();

        assertThat(CommandRun.of(interruption, new byte[0], "extract", APPLE, "--schema", schema))
                .isEqualTo(new CommandRun(ExitCode.INTERRUPTED, "", ""));
    }
}
