package io.vlm4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.testkit.RandomClip;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Estimates against what llama.cpp says that it allocated.
@Tag("native")
@Tag("model")
class MemoryEstimateTest {
    private static final double MEBIBYTE = 1 << 20;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        // layers, width, heads, groups, feed-forward, vocabulary, type; context, step, flash attention, cache
        "2, 512, 8, 8, 1376, 32000, Q4_0, 512, 512, OFF, F16",
        "2, 512, 8, 8, 1376, 32000, Q4_0, 4096, 512, OFF, F16",
        "2, 512, 8, 8, 1376, 32000, Q4_0, 4096, 128, OFF, F16",
        "2, 512, 8, 8, 1376, 32000, Q4_0, 4000, 512, ON, Q8_0",
        "2, 256, 4, 2, 4096, 8000, F16, 4096, 512, ON, F16",
        "2, 256, 4, 2, 4096, 8000, F16, 512, 512, OFF, F32",
        "3, 768, 12, 4, 2048, 8000, Q8_0, 8192, 512, OFF, F16",
    })
    void contextsTakeWhatIsEstimated(
            int layers,
            int width,
            int heads,
            int groups,
            int feedForward,
            int vocabulary,
            GgmlType type,
            int length,
            int step,
            FlashAttention flash,
            CacheType cache) {
        Path path = folder.resolve("model.gguf");
        new RandomLlama(layers, width, heads, groups, feedForward, vocabulary, 32_768, type, 1)
                .write(TestModels.bundled(), path);
        ContextOptions options = ContextOptions.builder()
                .contextLength(length)
                .microBatchSize(step)
                .flashAttention(flash)
                .cacheType(cache)
                .build();

        long bytes;
        String loading;
        String log;
        try (Model model = Model.open(path)) {
            bytes = model.sizeInBytes();
            loading = log();
            InferenceContext.create(model, options).close();
            log = log();
        }

        MemoryEstimate estimate = MemoryEstimate.of(path, ModelOptions.defaults(), options);
        assertThat(estimate.compute() / MEBIBYTE).isCloseTo(size(log, "compute buffer"), Percentage.withPercentage(10));
        assertThat(estimate.logits()).isEqualTo(4L * vocabulary);
        if (loading.contains("CPU_REPACK model buffer")) { // as most processors do for Q4_0
            assertThat(estimate.weights() / MEBIBYTE)
                    .isCloseTo(size(loading, "CPU_REPACK model buffer"), Percentage.withPercentage(2));
        }
        assertThat(estimate.mapped() + estimate.weights()).isEqualTo(bytes);
    }

    /// A full cache, as it is copied, is the cache and a few numbers for each cell.
    @ParameterizedTest
    @CsvSource({"F16, OFF", "F32, OFF", "Q8_0, ON"})
    void aFullCacheIsAsLargeAsWasEstimated(CacheType type, FlashAttention flash) {
        ContextOptions options = ContextOptions.builder()
                .contextLength(256)
                .cacheType(type)
                .flashAttention(flash)
                .build();
        long estimate = MemoryEstimate.of(TestModels.bundled(), ModelOptions.defaults(), options)
                .cache();

        try (Model model = Model.open(TestModels.bundled());
                InferenceContext context = InferenceContext.create(model, options)) {
            context.decode(new int[256]);
            try (ContextSnapshot snapshot = context.snapshot()) {
                assertThat(snapshot.sizeInBytes()).isCloseTo(estimate, Percentage.withPercentage(2));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"768, 384, 16", "512, 448, 14", "1024, 336, 14", "256, 640, 16"})
    void encodingsTakeNoMoreThanIsEstimated(int width, int image, int patch) {
        Path path = folder.resolve("mmproj.gguf");
        new RandomClip(2, width, image, patch, TestModels.bundledEmbedding(), 1).write(path);
        ProjectorOptions options = ProjectorOptions.builder()
                .warmup(true)
                .cache(EmbeddingCache.none())
                .build();
        String log;
        try (Model model = Model.open(TestModels.bundled())) {
            try (Projector projector = model.openProjector(path, options)) {
                assertThat(projector.seesImages()).isTrue();
                log = log();
            }
        }

        MemoryEstimate estimate = MemoryEstimate.of(
                        TestModels.bundled(), ModelOptions.defaults(), ContextOptions.defaults())
                .withProjector(path, options);
        double taken = size(log, "compute buffer");
        assertThat(taken).isBetween(0.5 * estimate.encoding() / MEBIBYTE, 1.08 * estimate.encoding() / MEBIBYTE);
    }

    @Test
    void gpusTakeTheirShare() {
        MemoryEstimate alone = MemoryEstimate.of(
                        TestModels.bundled(), ModelOptions.defaults(), ContextOptions.defaults())
                .withProjector(TestModels.bundledProjector(), ProjectorOptions.defaults());
        MemoryEstimate half = alone.onGpu(0.5);

        assertThat(alone.gpuMemory()).isZero();
        assertThat(alone.mainMemory())
                .isEqualTo(alone.weights()
                        + alone.cache()
                        + alone.compute()
                        + alone.logits()
                        + alone.projector()
                        + alone.encoding());
        assertThat(half.mainMemory())
                .isEqualTo((alone.weights() + alone.cache() + alone.compute()) / 2 + alone.logits());
        assertThat(half.gpuMemory()).isGreaterThan(alone.projector() + alone.encoding());
        assertThatIllegalArgumentException().isThrownBy(() -> alone.onGpu(1.5)).withMessageContaining("1.5");
    }

    @Test
    void aContextLargerThanTheMachineIsRefusedWithNumbersAndWaysOut() {
        Path path = folder.resolve("large.gguf");
        new RandomLlama(64, 64, 2, 2, 64, 0, 1 << 24, GgmlType.F16, 1).write(TestModels.bundled(), path);
        try (Model model = Model.open(path)) {
            ContextOptions options =
                    ContextOptions.builder().contextLength(1 << 27).build();

            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> InferenceContext.create(model, options))
                    .withMessageContaining("134217728 tokens")
                    .withMessageContaining("2048.0 for its KV cache")
                    .withMessageMatching(".*(machine has|may have) [0-9.]+ GiB.*")
                    .withMessageContaining("lower the context length, or choose a Q8_0 cache");
        }
    }

    private static String log() {
        return String.join("\n", NativeLog.lastLines(64));
    }

    private static double size(String log, String buffer) {
        Matcher line = Pattern.compile(Pattern.quote(buffer) + " size = +([0-9.]+) MiB")
                .matcher(log);
        double last = -1;
        while (line.find()) {
            last = Double.parseDouble(line.group(1));
        }
        assertThat(last).as(buffer + " in " + log).isNotNegative();
        return last;
    }
}
