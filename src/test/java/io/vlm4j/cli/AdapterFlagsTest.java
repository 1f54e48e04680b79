package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("native")
@Tag("model")
class AdapterFlagsTest {
    private static final String PROMPT = "USER: Is there a dog? ASSISTANT:";
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();

    @TempDir
    private Path folder;

    private String lora = "";
    private String vector = "";

    @BeforeEach
    void write() {
        lora = new RandomLora(4, 8, 1, 5)
                .write(TestModels.bundled(), folder.resolve("a=b.gguf"))
                .toString();
        vector = vector("vector.gguf", 256, 2, 5);
    }

    private String vector(String name, int width, int... layers) {
        float[] direction = new float[width];
        for (int i = 0; i < width; i++) {
            direction[i] = i % 3 - 1;
        }
        GgufWriter writer = GgufWriter.create().put("general.architecture", "controlvector");
        for (int layer : layers) {
            writer.tensor("direction." + layer, GgmlType.F32, Shape.of(width), MemorySegment.ofArray(direction));
        }
        writer.write(folder.resolve(name));
        return folder.resolve(name).toString();
    }

    private static CommandRun complete(String... more) {
        List<String> line = new ArrayList<>(List.of("complete", PROMPT, "--max-tokens", "8"));
        line.addAll(Arrays.asList(more));
        return CommandRun.of(line);
    }

    private static String text(String... more) {
        CommandRun run = complete(more);
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.OK);
        return run.out();
    }

    private static void refused(int code, String inMessage, String... more) {
        CommandRun run = complete(more);
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err()).contains(inMessage);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void adaptersChangeTheTextByTheirScale() {
        String base = text();
        String adapted = text("--lora", lora);

        assertThat(adapted).isNotEqualTo(base);
        assertThat(text("--lora", lora + "=1.0")).isEqualTo(adapted);
        assertThat(text("--lora", lora + "=0")).isEqualTo(base);
        assertThat(text("--lora", lora + "=0.4", "--lora", lora + "=-0.4")).isEqualTo(base);
    }

    @Test
    void controlVectorsChangeTheTextByTheirScaleAndLayers() {
        String base = text();
        String steered = text("--control-vector", vector + "=64");

        assertThat(steered).isNotEqualTo(base);
        assertThat(text("--control-vector", vector + "=63", "--control-vector", vector))
                .isEqualTo(steered);
        assertThat(text("--control-vector", vector + "=64", "--control-vector-layers", "1-5"))
                .isEqualTo(steered);
        assertThat(text("--control-vector", vector("late.gguf", 256, 5) + "=64"))
                .isEqualTo(text("--control-vector", vector + "=64", "--control-vector-layers", "3-5"));
    }

    @Test
    void picturesAreDescribedWithThem() {
        CommandRun base = CommandRun.of("describe", APPLE, "--lora", lora + "=0");
        CommandRun adapted = CommandRun.of("describe", APPLE, "--lora", lora, "--max-tokens", "8");

        assertThat(base.out()).isEqualTo("a red apple\n");
        assertThat(adapted.code()).isEqualTo(ExitCode.OK);
        assertThat(adapted.out()).isNotEqualTo(base.out());
    }

    @Test
    void filesThatDoNotFitAreNamed() {
        refused(ExitCode.MODEL, "no/such.gguf", "--lora", "no/such.gguf=0.5");
        refused(ExitCode.MODEL, "no/such.gguf", "--control-vector", "no/such.gguf");
        refused(ExitCode.MODEL, "no adapter", "--lora", TestModels.bundled().toString());
        refused(ExitCode.MODEL, "no control vector", "--control-vector", lora);
        refused(ExitCode.MODEL, "64", "--control-vector", vector("narrow.gguf", 64, 2));
        refused(ExitCode.MODEL, "layer 6", "--control-vector", vector("deep.gguf", 256, 6));
    }

    @Test
    void optionsThatMakeNoSenseAreUsageErrors() {
        refused(ExitCode.USAGE, "1.2.3", "--lora", lora + "=1.2.3");
        refused(ExitCode.USAGE, "Infinity", "--lora", lora + "=1e99");
        refused(ExitCode.USAGE, "Infinity", "--control-vector", vector + "=1e99");
        refused(ExitCode.USAGE, "--control-vector-layers", "--control-vector-layers", "1-2");
        refused(ExitCode.USAGE, "10-20", "--control-vector", vector, "--control-vector-layers", "2");
        refused(ExitCode.USAGE, "no direction", "--control-vector", vector, "--control-vector-layers", "3-4");
        refused(
                ExitCode.USAGE,
                "256 and 64",
                "--control-vector",
                vector,
                "--control-vector",
                vector("narrow.gguf", 64, 2));
    }
}
