package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Generation;
import io.vlm4j.media.AudioInput;
import io.vlm4j.testkit.AudioFiles;
import io.vlm4j.testkit.RandomAudioProjector;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples with sounds. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class AudioSnippets {
    @TempDir
    private Path folder;

    @Test
    void ask() throws Exception {
        Path model = TestModels.bundled();
        Path mmproj = folder.resolve("mmproj.gguf");
        new RandomAudioProjector(TestModels.bundledEmbedding(), 1).write(mmproj);
        Path recording = Files.write(folder.resolve("recording.wav"), AudioFiles.chirpWav());
        // @start region="ask"
        try (Vlm vlm = Vlm.open(model, mmproj)) {
            AudioInput sound = AudioInput.of(recording); // WAV, MP3 or FLAC
            Generation answer = vlm.ask(sound, "What is said in this recording?");
            // @end
            assertThat(answer.usage().imageTokens()).isEqualTo(RandomAudioProjector.TOKENS_PER_WINDOW);
            // @start region="ask"
        }
        // @end
    }
}
