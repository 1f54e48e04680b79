package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.testkit.TestModels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VisionFlagsTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final RootCommand root = new RootCommand(
            new Terminal(
                    InputStream.nullInputStream(),
                    Output.ofResults(new ByteArrayOutputStream(), false),
                    Output.ofMessages(err, false),
                    false),
            new Interruption());

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyAModel() throws IOException {
        model = Files.copy(TestModels.bundled(), folder.resolve("model.gguf"));
    }

    private VisionFlags.ModelFiles seeing(Object... arguments) {
        String[] texts = new String[arguments.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = arguments[i].toString();
        }
        return CommandLine.populateCommand(new VisionFlags(), texts).seeing(root);
    }

    @Test
    void nothingNamedIsTheBundledModel() {
        VisionFlags.ModelFiles files = seeing();

        assertThat(files.model()).isEqualTo(TestModels.bundled());
        assertThat(files.projector()).contains(TestModels.bundledProjector());
        assertThat(files.sample()).isPresent();
    }

    @Test
    void bothNamedAreTaken() {
        VisionFlags.ModelFiles files = seeing("--model", "a.gguf", "--mmproj", "b.gguf");

        assertThat(files.model()).isEqualTo(Path.of("a.gguf"));
        assertThat(files.projector()).contains(Path.of("b.gguf"));
    }

    @Test
    void theOnlyProjectorBesideTheModelIsTakenAndSaid() throws IOException {
        Path projector = Files.createFile(folder.resolve("MMPROJ-model-f16.gguf"));
        Files.createFile(folder.resolve("mmproj.txt"));

        assertThat(seeing("--model", model).projector()).contains(projector);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("vlm4j: using the projector beside the model: " + projector + "\n");
    }

    @Test
    void severalProjectorsBesideTheModelAreNamed() throws IOException {
        Files.createFile(folder.resolve("mmproj-f16.gguf"));
        Files.createFile(folder.resolve("mmproj-f32.gguf"));

        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> seeing("--model", model))
                .withMessageContaining("mmproj-f16.gguf, mmproj-f32.gguf")
                .withMessageContaining("--mmproj")
                .matches(failure -> failure.exitCode() == ExitCode.USAGE);
    }

    @Test
    void noProjectorBesideTheModelIsSaid() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> seeing("--model", model))
                .withMessageContaining("model.gguf")
                .withMessageContaining("--mmproj")
                .matches(failure -> failure.exitCode() == ExitCode.USAGE);
    }

    @Test
    void aModelThatIsNoneIsTheFirstTrouble() {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> seeing("--model", folder.resolve("missing.gguf")))
                .withMessageContaining("missing.gguf");
    }

    @Test
    void aProjectorAloneIsNotEnough() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> seeing("--mmproj", "b.gguf"))
                .withMessageContaining("--model");
    }
}
