package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.HfFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
    @TempDir
    private Path directory;

    @Test
    void itPrintsTheFilesThatItMade() {
        Path folder = HfFolder.llava(directory.resolve("tiny")).write();
        CommandRun run = CommandRun.of("convert", folder.toString(), "--out", directory.toString(), "--type", "Q8_0");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .isEqualTo(
                        directory.resolve("tiny-q8_0.gguf") + "\n" + directory.resolve("mmproj-tiny-f16.gguf") + "\n");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void jsonHasTheDocumentedShape() {
        Path folder = HfFolder.llava(directory.resolve("tiny")).write();
        CommandRun run =
                CommandRun.of("convert", folder.toString(), "-o", directory.toString(), "--name", "mine", "--json");

        assertThat(run.json().propertyNames())
                .containsExactly(
                        "architecture", "model", "model_bytes", "mmproj", "mmproj_bytes", "parameters", "time_ms");
        assertThat(run.json().get("model").stringValue())
                .isEqualTo(directory.resolve("mine-f16.gguf").toString());
    }

    @Test
    void mistakesHaveTheirExitCodes() {
        String folder = HfFolder.llava(directory.resolve("tiny")).write().toString();
        String out = directory.toString();

        assertThat(CommandRun.of("convert", folder).code()).isEqualTo(ExitCode.USAGE);
        CommandRun type = CommandRun.of("convert", folder, "-o", out, "--type", "q3");
        assertThat(type.code()).isEqualTo(ExitCode.USAGE);
        assertThat(type.err()).contains("--type q3 is not one of f32, f16, bf16, q8_0");
        CommandRun nothing = CommandRun.of("convert", out, "-o", out);
        assertThat(nothing.code()).isEqualTo(ExitCode.MODEL);
        assertThat(nothing.err()).contains(out + " has no config.json");
        CommandRun file = CommandRun.of("convert", folder, "-o", folder + "/config.json");
        assertThat(file.code()).isEqualTo(ExitCode.FAILURE);
        assertThat(file.err()).contains("config.json is a file, where a folder is wanted");
    }
}
