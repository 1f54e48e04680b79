package io.vlm4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What of a folder is pushed.
class FolderFilesTest {
    @TempDir
    Path temporary;

    private Path folder = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        folder = Files.createDirectory(temporary.resolve("folder"));
        for (String file : List.of(
                "adapter.gguf",
                "b/c d.txt",
                ".hidden",
                ".git/config",
                ".vlm4j-push/0",
                "b/.cache/x",
                "checkpoint-000000002.safetensors",
                "best.safetensors",
                "checkpoint-500/model.safetensors")) {
            Files.createDirectories(folder.resolve(file).getParent());
            Files.writeString(folder.resolve(file), file);
        }
        Files.writeString(temporary.resolve("secret"), "secret");
    }

    private PushPlan plan(PushOptions options) {
        return HubClient.plan(folder, options);
    }

    @Test
    void hiddenFilesAndCheckpointsStayAtHome() {
        PushPlan plan = plan(PushOptions.defaults());

        assertThat(plan.files()).containsExactly("adapter.gguf", "b/c d.txt");
        assertThat(plan.bytes()).isEqualTo("adapter.ggufb/c d.txt".length());
        assertThat(plan.leftOut())
                .containsExactly(
                        ".git/",
                        ".hidden",
                        "b/.cache/",
                        "best.safetensors",
                        "checkpoint-000000002.safetensors",
                        "checkpoint-500/");
    }

    @Test
    void unlessTheyAreAskedFor() {
        PushPlan plan = plan(PushOptions.defaults().withHidden(true).withCheckpoints(true));

        assertThat(plan.files())
                .containsExactly(
                        ".hidden",
                        "adapter.gguf",
                        "b/c d.txt",
                        "best.safetensors",
                        "checkpoint-000000002.safetensors",
                        "checkpoint-500/model.safetensors");
        assertThat(plan.leftOut()).containsExactly(".git/", "b/.cache/");
    }

    @Test
    void linksMayPointWithinTheFolderAndNowhereElse() throws IOException {
        Files.createSymbolicLink(folder.resolve("link.gguf"), Path.of("adapter.gguf"));
        assertThat(plan(PushOptions.defaults()).files()).contains("link.gguf");

        Path out = Files.createSymbolicLink(folder.resolve("out"), Path.of("../secret"));
        assertThatThrownBy(() -> plan(PushOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("out is a link out of the folder");
        Files.delete(out);
        Path deep = Files.createSymbolicLink(folder.resolve("deep"), Path.of("b"));
        assertThatThrownBy(() -> plan(PushOptions.defaults())).hasMessageContaining("is a link to a folder");
        Files.delete(deep);
    }

    @Test
    void chosenFilesMustBeInTheFolder() throws IOException {
        Files.createSymbolicLink(folder.resolve("up"), Path.of(".."));
        try (HubClient hub = HubClient.open(HubOptions.ofEnvironment())) {
            for (Path file : List.of(
                    Path.of("../secret"), temporary.resolve("secret"), Path.of("up/secret"), Path.of(".git/config"))) {
                assertThatThrownBy(
                                () -> hub.push(folder, List.of(file), "a/b", PushOptions.defaults(), PushListener.NONE))
                        .as("%s", file)
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void nothingIsNoPush() throws IOException {
        Path empty = Files.createDirectory(temporary.resolve("empty"));
        Files.writeString(empty.resolve(".x"), "");

        assertThatThrownBy(() -> HubClient.plan(empty, PushOptions.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("but what is left out: .x");
        assertThatThrownBy(() -> HubClient.plan(temporary.resolve("secret"), PushOptions.defaults()))
                .hasMessageEndingWith("secret is no folder");
    }
}
