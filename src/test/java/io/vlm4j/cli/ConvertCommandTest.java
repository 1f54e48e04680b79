package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.HfFolder;
import io.vlm4j.testkit.PeftAdapter;
import java.nio.file.Path;
import java.util.stream.Stream;
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

    @Test
    void anAdapterBecomesOneForLora() {
        String model = HfFolder.llava(directory.resolve("tiny")).write().toString();
        String folder = PeftAdapter.of(directory.resolve("style")).write().toString();
        String out = directory.toString();

        CommandRun run = CommandRun.of("convert", folder, "-o", out, "--base", model);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(directory.resolve("style-lora-f32.gguf") + "\n");
        CommandRun json = CommandRun.of("convert", folder, "-o", out, "--base", model, "--type", "bf16", "--json");
        assertThat(json.json().propertyNames())
                .containsExactly(
                        "architecture", "adapter", "adapter_bytes", "matrices", "rank", "alpha", "left_out", "time_ms");
        assertThat(json.json().get("matrices").intValue()).isEqualTo(2);
    }

    @Test
    void whatATowersAdapterChangesIsLeftOutWhenAsked() {
        String model = HfFolder.llava(directory.resolve("tiny")).write().toString();
        String folder = PeftAdapter.of(directory.resolve("style"))
                .linear("base_model.model.model.multi_modal_projector.linear_1", 32, 32)
                .write()
                .toString();
        String out = directory.toString();

        CommandRun refused = CommandRun.of("convert", folder, "-o", out, "--base", model);
        assertThat(refused.code()).isEqualTo(ExitCode.MODEL);
        assertThat(refused.err()).contains("--text-only");
        CommandRun run = CommandRun.of("convert", folder, "-o", out, "--base", model, "--text-only");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("left out", "multi_modal_projector.linear_1");
    }

    @Test
    void mistakesWithAdaptersHaveTheirExitCodes() {
        String model = HfFolder.llava(directory.resolve("tiny")).write().toString();
        String folder = PeftAdapter.of(directory.resolve("style")).write().toString();
        String out = directory.toString();

        for (String[] arguments : new String[][] {
            {folder, "-o", out},
            {folder, "-o", out, "--base", model, "--type", "q8_0"},
            {folder, "-o", out, "--base", model, "--mmproj-type", "f16"},
            {model, "-o", out, "--base", model},
            {model, "-o", out, "--text-only"}
        }) {
            CommandRun run = CommandRun.of(
                    Stream.concat(Stream.of("convert"), Stream.of(arguments)).toArray(String[]::new));
            assertThat(run.code()).as(String.join(" ", arguments)).isEqualTo(ExitCode.USAGE);
            assertThat(run.err()).contains("adapter");
        }
    }
}
