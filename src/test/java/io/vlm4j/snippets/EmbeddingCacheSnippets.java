package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example in the documentation of [EmbeddingCache]. It runs as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class EmbeddingCacheSnippets {
    @TempDir
    private Path directory;

    @Test
    void share() {
        Path folder = Path.of("models/pico-llava");
        try (Printed printed = new Printed()) {
            // @start region="share"
            EmbeddingCacheOptions options =
                    EmbeddingCacheOptions.defaults().withDirectory(directory); // 256 MiB in memory, 1 GiB on disk
            try (EmbeddingCache cache = EmbeddingCache.create(options);
                    Vlm vlm = Vlm.open(
                            folder.resolve("pico-llava-q4_0.gguf"),
                            folder.resolve("mmproj-pico-llava-f16.gguf"),
                            VlmOptions.defaults()
                                    .withProjector(ProjectorOptions.builder()
                                            .cache(cache)
                                            .build()))) {
                ImageInput picture = ImageInput.of(folder.resolve("samples/06-red_apple.png"));
                vlm.ask(picture, "What is shown in this image?"); // encodes it, unless it was asked about before
                vlm.ask(picture, "What color is the background?"); // encodes nothing
                System.out.println(cache.statistics().misses()); // 1
            }
            // @end
            assertThat(printed.text()).isEqualTo("1" + System.lineSeparator());
        }
    }
}
