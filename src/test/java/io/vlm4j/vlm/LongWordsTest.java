package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.natives.ffi.DeepStack;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts without a space, which llama.cpp's regular expressions go through by recursion: some thousand characters are
/// more than the stack of a thread holds. The vocabulary has a token for each byte and nothing to merge, so what comes
/// out is known.
@Tag("native")
@Tag("model")
class LongWordsTest {
    private static final int FIRST_BYTE = 300;
    private static final int LENGTH = 20_000;

    @TempDir
    private Path folder;

    private Path model(String cutting) {
        Path path = folder.resolve(cutting + ".gguf");
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            int size = file.value("tokenizer.ggml.tokens")
                    .orElseThrow()
                    .asStrings()
                    .size();
            List<String> tokens = IntStream.range(0, size)
                    .mapToObj(i -> i >= FIRST_BYTE && i < FIRST_BYTE + 256 ? letter(i - FIRST_BYTE) : "<t" + i + ">")
                    .toList();
            GgufWriter.copyOf(file)
                    .put("tokenizer.ggml.tokens", GgufValue.strings(tokens))
                    .put("tokenizer.ggml.model", "gpt2")
                    .put("tokenizer.ggml.pre", cutting)
                    .put("tokenizer.ggml.merges", GgufValue.strings(List.of("a b")))
                    .write(path);
        }
        return path;
    }

    /// GPT-2's letters for bytes: what can be seen is itself, the others follow from 256 on.
    private static String letter(int wanted) {
        int next = 256;
        for (int one = 0; one < wanted; one++) {
            next += isSeen(one) ? 0 : 1;
        }
        return Character.toString(isSeen(wanted) ? wanted : next);
    }

    private static boolean isSeen(int one) {
        return (one >= '!' && one <= '~') || (one >= 0xA1 && one <= 0xAC) || one >= 0xAE;
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "deepseek-llm", "tekken", "gpt-4o", "falcon", "gpt-2"})
    void areCutIntoTokensWhateverTheyAreOf(String cutting) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Model model = Model.open(model(cutting))) {
            Thread.ofPlatform()
                    .stackSize(1 << 20)
                    .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
                    .start(() -> {
                        for (char of : new char[] {'a', ' ', '!', '\n'}) {
                            assertThat(model.tokenizer()
                                            .encode(Character.toString(of).repeat(LENGTH), false, false))
                                    .hasSize(LENGTH)
                                    .containsOnly(FIRST_BYTE + of);
                        }
                    })
                    .join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void mayStandBesideAPicture() throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        ImageInput apple = ImageInput.of(TestModels.sample("06-red_apple.png"));
        try (Model model = Model.open(model("tekken"));
                Projector projector = model.openProjector(TestModels.bundledProjector())) {
            Thread.ofPlatform()
                    .stackSize(1 << 20)
                    .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
                    .start(() -> {
                        Prompt prompt = Prompt.parse("<image>" + "a".repeat(LENGTH), apple);
                        try (TokenizedPrompt tokens = TokenizedPrompt.of(prompt, model, projector)) {
                            assertThat(tokens.tokens()).isGreaterThan(LENGTH);
                        }
                    })
                    .join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void areRefusedWhenNoStackIsDeepEnough() {
        assertThatExceptionOfType(Vlm4jException.Inference.class)
                .isThrownBy(() -> DeepStack.call(DeepStack.MOST + 1L, () -> "never"))
                .withMessageContaining("4000001");
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> DeepStack.call(1000, () -> {
                    throw new UnsupportedOperationException("from the work");
                }))
                .withMessage("from the work");
    }
}
