package io.vlm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A LLaMA as a graph of our own, against llama.cpp's.
@Tag("native")
@Tag("model")
class LlamaGraphTest {
    private static final DecoderOptions EXACT =
            DecoderOptions.ofThreads(2).withContextLength(320).withCacheType(CacheType.F32);

    @Test
    void logitsOfAPromptAndOfStepsEqualLlamaCpps() {
        Path path = TestModels.tinyLlava();
        int[] tokens = new Random(5).ints(300, 5, 300).toArray(); // past the first stretch of memory
        try (Weights weights = Weights.open(path);
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT);
                Model model = Model.open(path);
                InferenceContext context = InferenceContext.create(model, exact(320))) {
            decoder.decode(InputRows.of(Arrays.copyOf(tokens, 250)));
            context.decode(Arrays.copyOf(tokens, 250));
            double worst = Differences.maxAbs(
                    decoder.logits().toFloatArray(), context.logits().toFloatArray());
            for (int i = 250; i < tokens.length; i++) {
                decoder.decode(tokens[i]);
                context.decode(tokens[i]);
                worst = Math.max(
                        worst,
                        Differences.maxAbs(
                                decoder.logits().toFloatArray(),
                                context.logits().toFloatArray()));
            }

            assertThat(worst).isLessThan(2e-5);
            assertThat(decoder.position()).isEqualTo(300);
            assertThat(weights.copiedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(WeightStorage.class)
    void aQuantizedModelSaysWhatLlamaCppSays(WeightStorage storage) {
        Path path = TestModels.bundled();
        try (Weights weights = Weights.open(path, WeightOptions.defaults().withStorage(storage));
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT);
                Model model = Model.open(path);
                InferenceContext context = InferenceContext.create(model, exact(320))) {
            int[] prompt = model.tokenizer().encode("A small red");
            decoder.decode(InputRows.of(prompt));
            context.decode(prompt);
            for (int i = 0; i < 20; i++) {
                float[] ours = decoder.logits().toFloatArray();
                float[] theirs = context.logits().toFloatArray();
                assertThat(Differences.relativeL2(ours, theirs)).isLessThan(2e-2);
                int best = best(theirs);
                decoder.decode(best);
                context.decode(best);
            }
        }
    }

    @Test
    void anInputInBatchesGivesWhatOneBatchGives() {
        int[] tokens = new Random(6).ints(70, 5, 300).toArray();
        try (Weights weights = Weights.open(TestModels.tinyLlava())) {
            Architecture architecture = Architecture.of(weights.file());
            DecoderOutput whole = output(weights, architecture, EXACT, tokens);
            DecoderOutput cut = output(weights, architecture, EXACT.withBatchSize(32), tokens);

            assertThat(Differences.maxAbs(
                            cut.logits().toFloatArray(), whole.logits().toFloatArray()))
                    .isLessThan(1e-5);
            assertThat(whole.hiddenStates()).hasSize(architecture.layers() + 1);
            assertThat(whole.attentions()).hasSize(architecture.layers());
            for (int i = 0; i < architecture.layers(); i++) {
                assertThat(Differences.maxAbs(
                                cut.hiddenStates().get(i).toFloatArray(),
                                whole.hiddenStates().get(i).toFloatArray()))
                        .isLessThan(1e-5);
                assertThat(Differences.maxAbs(
                                cut.attentions().get(i).toFloatArray(),
                                whole.attentions().get(i).toFloatArray()))
                        .isLessThan(1e-5);
            }
        }
    }

    private static DecoderOutput output(
            Weights weights, Architecture architecture, DecoderOptions options, int[] tokens) {
        try (Decoder decoder = weights.newDecoder(architecture, options)) {
            return decoder.decode(InputRows.of(tokens), Wanted.EVERYTHING);
        }
    }

    @Test
    void aTruncatedMemoryForgets() {
        try (Weights weights = Weights.open(TestModels.tinyLlava());
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT)) {
            decoder.decode(InputRows.of(5, 6, 7, 8));
            float[] first = decoder.logits().toFloatArray();
            decoder.decode(InputRows.of(9, 10, 11));
            decoder.truncate(3);
            assertThatIllegalStateException().isThrownBy(decoder::logits);
            decoder.decode(8);

            assertThat(Differences.maxAbs(decoder.logits().toFloatArray(), first))
                    .isLessThan(1e-5);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAndChangesNothing() {
        try (Weights weights = Weights.open(TestModels.tinyLlava());
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT.withContextLength(4))) {
            decoder.decode(InputRows.of(5, 6));

            assertThatExceptionOfType(Vlm4jException.ContextFull.class)
                    .isThrownBy(() -> decoder.decode(InputRows.of(5, 6, 7)))
                    .withMessageContaining("3 more rows");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> decoder.decode(1_000_000))
                    .withMessageContaining("1000000");
            assertThatIllegalArgumentException().isThrownBy(() -> decoder.truncate(3));
            assertThat(decoder.position()).isEqualTo(2);
            decoder.decode(7);
            decoder.decode(8);
            assertThatExceptionOfType(Vlm4jException.ContextFull.class).isThrownBy(() -> decoder.decode(9));
        }
    }

    @Test
    void closingTheWeightsClosesTheirDecoders() {
        Weights weights = Weights.open(TestModels.tinyLlava());
        Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT);
        weights.close();
        weights.close();
        decoder.close();

        assertThatIllegalStateException().isThrownBy(() -> decoder.decode(5));
        assertThatIllegalStateException().isThrownBy(() -> weights.newDecoder(decoder.architecture(), EXACT));
    }

    @Test
    void aMissingWeightAndAnotherShapeAreNamed() {
        try (Weights weights = Weights.open(TestModels.tinyLlava())) {
            Architecture.of(weights.file());
            Architecture wide = Architecture.builder()
                    .size(1, 32, 64)
                    .heads(4)
                    .vocabulary(330)
                    .contextLength(64)
                    .build();

            assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                    .isThrownBy(() -> weights.newDecoder(wide, EXACT))
                    .withMessageContaining("token_embd.weight")
                    .withMessageContaining("[330, 32]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Weights.open(
                            TestModels.tinyLlava(), WeightOptions.defaults().withDevice("abacus")))
                    .withMessageContaining("abacus");
        }
    }

    @Test
    void anInterruptedEvaluationLeavesTheMemoryAsItWas() throws InterruptedException {
        try (Weights weights = Weights.open(TestModels.bundled());
                Decoder decoder = weights.newDecoder(Architecture.of(weights.file()), EXACT)) {
            decoder.decode(InputRows.of(5, 6));
            decoder.interrupt();

            assertThatExceptionOfType(Vlm4jException.Cancelled.class)
                    .isThrownBy(() -> decoder.decode(InputRows.of(5, 6, 7)));
            assertThat(decoder.position()).isEqualTo(2);
            decoder.decode(7);
            assertThat(decoder.position()).isEqualTo(3);
        }
    }

    private static ContextOptions exact(int length) {
        return ContextOptions.builder()
                .contextLength(length)
                .threads(2)
                .batchThreads(2)
                .cacheType(io.vlm4j.inference.CacheType.F32)
                .build();
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
