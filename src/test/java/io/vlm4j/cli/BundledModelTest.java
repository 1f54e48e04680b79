package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledModelTest {
    private static final String MODEL = "models/pico-llava/pico-llava-q4_0.gguf";

    @TempDir
    private Path root;

    @Test
    void liesInTheSourceTreeThatTheseClassesWereBuiltIn() {
        BundledModel bundled = BundledModel.find();

        assertThat(bundled.model()).isEqualTo(Path.of(MODEL));
        assertThat(bundled.projector()).isRegularFile();
        assertThat(bundled.sample()).isRegularFile();
    }

    @Test
    void theNamedRootComesFirst() throws IOException {
        create();

        BundledModel bundled = BundledModel.find(root.toString(), Optional.of(Path.of("target/classes")));

        assertThat(bundled.model()).isEqualTo(root.resolve(MODEL));
    }

    @Test
    void theRootIsTwoFoldersAboveJarOrClasses() throws IOException {
        create();

        assertThat(BundledModel.find(null, Optional.of(root.resolve("target/vlm4j-1.jar")))
                        .model())
                .isEqualTo(root.resolve(MODEL));
        assertThat(BundledModel.find("", Optional.of(root.resolve("target/classes")))
                        .model())
                .isEqualTo(root.resolve(MODEL));
    }

    @Test
    void absenceSaysWhereItWasLookedForAndWhatToDo() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> BundledModel.find(root.toString(), Optional.empty()))
                .withMessageContaining(root.resolve("models").toString())
                .withMessageContaining("--model")
                .matches(failure -> failure.exitCode() == ExitCode.MODEL);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> BundledModel.find(null, Optional.empty()))
                .withMessageContaining("vlm4j.home");
    }

    private void create() throws IOException {
        Path folder = Files.createDirectories(root.resolve("models/pico-llava"));
        Files.createFile(folder.resolve("pico-llava-q4_0.gguf"));
        Files.createFile(folder.resolve("mmproj-pico-llava-f16.gguf"));
    }
}
