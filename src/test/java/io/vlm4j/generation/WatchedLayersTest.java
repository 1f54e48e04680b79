package io.vlm4j.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.Processor;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Layers that are seen while text is generated, against a forward pass over the same tokens (which is held against
/// transformers elsewhere).
@Tag("native")
@Tag("model")
class WatchedLayersTest {
    private static final int SIDE = 56;
    private static final int STEPS = 6;

    private static Model model;
    private static Projector projector;
    private static Prompt prompt;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        byte[] pixels = new byte[SIDE * SIDE * 3];
        new Random(5).nextBytes(pixels);
        prompt = Prompt.parse(
                "USER: <image>\nwhat is it? ASSISTANT:", ImageInput.ofRgb(SIDE, SIDE, MemorySegment.ofArray(pixels)));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ContextOptions.Builder exact() {
        return ContextOptions.builder()
                .contextLength(256)
                .cacheType(CacheType.F32)
                .flashAttention(FlashAttention.OFF)
                .threads(1)
                .watchable(true);
    }

    private static GenerationOptions options(WatchedLayers layers) {
        return GenerationOptions.builder()
                .maxTokens(STEPS)
                .ignoreEnd(true)
                .layers(layers)
                .build();
    }

    /// What was seen: shapes in order, and every tensor's numbers.
    private static final class Seen implements LayerConsumer {
        private final List<Piece> attentions = new ArrayList<>();
        private final List<Piece> hiddenStates = new ArrayList<>();

        private record Piece(int layer, int position, long[] dims, float[] values) {}

        @Override
        public void onHiddenState(int example, int layer, int position, Tensor rows) {
            assertThat(example).isZero();
            hiddenStates.add(new Piece(layer, position, rows.shape().dims(), rows.toFloatArray()));
        }

        @Override
        public void onAttention(int example, int layer, int position, Tensor weights) {
            assertThat(example).isZero();
            attentions.add(new Piece(layer, position, weights.shape().dims(), weights.toFloatArray()));
        }
    }

    /// The prompt and what was generated, but for the last token, which is chosen and not evaluated.
    /// The picture as generation sees it: its tower is not the exact one of a forward pass.
    private static ForwardInput evaluated(Generation generation) {
        ForwardInput asked = Processor.of(projector).process(prompt);
        Tensor features;
        try (Tensor encoded = projector.encode(prompt.images().getFirst())) {
            features = Tensor.ofFloats(encoded.shape(), encoded.toFloatArray());
        }
        int[] ids = IntStream.concat(
                        IntStream.of(asked.inputIds().toIntArray()),
                        generation.tokens().stream().limit(STEPS - 1).mapToInt(Integer::intValue))
                .toArray();
        return ForwardInput.builder(asked.vocabularySize())
                .inputIds(ids)
                .images(new ForwardImages.Features(asked.images().orElseThrow().imageToken(), features))
                .build();
    }

    /// With pieces of 8 positions, so that texts and pictures come in several.
    @Test
    void everyStepShowsWhatAForwardPassOverAllOfItShows() {
        Seen seen = new Seen();
        Generation generation;
        try (InferenceContext context =
                InferenceContext.create(model, exact().microBatchSize(8).build())) {
            generation = new Generator(context, projector).generate(prompt, options(WatchedLayers.all(seen)));
        }
        int promptTokens = generation.usage().promptTokens();
        int[] attentionRows = new int[model.layers()];
        int[] hiddenRows = new int[model.layers()];
        try (ForwardPass pass = ForwardPass.open(
                        model, projector, ForwardOptions.exact().withThreads(1));
                ForwardOutput expected =
                        pass.forward(evaluated(generation), Outputs.of(Output.ATTENTIONS, Output.HIDDEN_STATES))) {
            for (Seen.Piece piece : seen.attentions) {
                long rows = piece.dims()[1];
                assertThat(piece.dims()).containsExactly(model.heads(), rows, piece.position() + rows);
                assertThat(piece.position()).isEqualTo(attentionRows[piece.layer()]);
                if (piece.position() >= promptTokens) {
                    assertThat(rows).isEqualTo(1);
                }
                attentionRows[piece.layer()] += (int) rows;
                assertThat(Differences.maxAbs(
                                piece.values(),
                                part(expected.attentions().get(piece.layer()).slice(0), piece)))
                        .isLessThanOrEqualTo(2e-5);
            }
            for (Seen.Piece piece : seen.hiddenStates) {
                if (piece.layer() < model.layers()) { // of the picture's rows there is no last one
                    assertThat(piece.position()).isEqualTo(hiddenRows[piece.layer()]);
                    hiddenRows[piece.layer()] += (int) piece.dims()[0];
                }
                for (int i = 0; i < piece.dims()[0]; i++) {
                    int width = (int) piece.dims()[1];
                    float[] row = Arrays.copyOfRange(piece.values(), i * width, (i + 1) * width);
                    assertThat(Differences.maxAbs(
                                    row,
                                    expected.hiddenStates()
                                            .get(piece.layer())
                                            .slice(0)
                                            .slice(piece.position() + i)
                                            .toFloatArray()))
                            .isLessThanOrEqualTo(5e-5);
                }
            }
        }
        assertThat(attentionRows).containsOnly(promptTokens + STEPS - 1);
        assertThat(hiddenRows).containsOnly(promptTokens + STEPS - 1);
        assertThat(seen.hiddenStates.getLast().layer()).isEqualTo(model.layers());
    }

    /// The same heads, queries and keys of a whole attention.
    private static float[] part(Tensor whole, Seen.Piece piece) {
        int rows = (int) piece.dims()[1];
        int keys = (int) piece.dims()[2];
        float[] part = new float[piece.values().length];
        for (int head = 0; head < piece.dims()[0]; head++) {
            for (int row = 0; row < rows; row++) {
                float[] query = whole.slice(head).slice(piece.position() + row).toFloatArray();
                System.arraycopy(query, 0, part, (head * rows + row) * keys, keys);
            }
        }
        return part;
    }

    @Test
    void lookingChangesNothingAndEndsWithTheGeneration() {
        try (InferenceContext watchable = InferenceContext.create(model, exact().build());
                InferenceContext plain =
                        InferenceContext.create(model, exact().watchable(false).build())) {
            Seen seen = new Seen();
            Generation expected = new Generator(plain, projector).generate(prompt, options(WatchedLayers.none()));
            Generator generator = new Generator(watchable, projector);

            assertThat(generator
                            .generate(prompt, options(WatchedLayers.attentions(seen)))
                            .tokens())
                    .isEqualTo(expected.tokens());
            int calls = seen.attentions.size();
            assertThat(generator.generate(prompt, options(WatchedLayers.none())).tokens())
                    .isEqualTo(expected.tokens());
            watchable.decode(5);
            assertThat(seen.attentions).hasSize(calls);
            assertThat(seen.hiddenStates).isEmpty();
        }
    }

    @Test
    void whatIsRememberedIsNotSeenAgain() {
        try (InferenceContext context = InferenceContext.create(model, exact().build())) {
            Generator generator = new Generator(context, projector);
            Generation first = generator.generate(prompt, options(WatchedLayers.none()));
            Seen again = new Seen();
            generator.generate(prompt, options(WatchedLayers.attentions(again)));
            Seen all = new Seen();
            GenerationOptions anew = options(WatchedLayers.attentions(all)).toBuilder()
                    .reuse(Reuse.NONE)
                    .build();
            generator.generate(prompt, anew);

            assertThat(again.attentions.getFirst().position())
                    .isEqualTo(first.usage().promptTokens() - 1);
            assertThat(all.attentions.getFirst().position()).isZero();
        }
    }

    @Test
    void whatAConsumerThrowsIsThrownAndTheContextGoesOn() {
        LayerConsumer failing = new LayerConsumer() {
            @Override
            public void onAttention(int example, int layer, int position, Tensor weights) {
                if (weights.shape().dim(1) == 1 && position > 30) {
                    throw new UnsupportedOperationException("at " + position);
                }
            }
        };
        try (InferenceContext context = InferenceContext.create(model, exact().build())) {
            Generator generator = new Generator(context, projector);
            Generation expected = generator.generate(prompt, options(WatchedLayers.none()));

            assertThatThrownBy(() -> generator.generate(prompt, options(WatchedLayers.attentions(failing))))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith("at ");
            assertThat(generator.generate(prompt, options(WatchedLayers.none())).tokens())
                    .isEqualTo(expected.tokens());
        }
    }

    @Test
    void whatCannotBeSeenIsRefused() {
        WatchedLayers wanted = WatchedLayers.attentions(new Seen());
        try (InferenceContext plain =
                        InferenceContext.create(model, exact().watchable(false).build());
                InferenceContext flash = InferenceContext.create(
                        model, exact().flashAttention(FlashAttention.ON).build())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Generator(plain, projector).generate(prompt, options(wanted)))
                    .withMessageContaining("watchable");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Generator(flash, projector).generate(prompt, options(wanted)))
                    .withMessageContaining("flash attention");
            Seen hidden = new Seen();
            new Generator(flash, projector).generate(prompt, options(WatchedLayers.hiddenStates(hidden)));
            assertThat(hidden.hiddenStates).isNotEmpty();
            assertThat(hidden.attentions).isEmpty();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options(wanted).toBuilder()
                        .speculation(Speculation.NgramLookup.defaults())
                        .build())
                .withMessageContaining("speculation");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> options(wanted).toBuilder().shiftWhenFull(true).build())
                .withMessageContaining("shiftWhenFull");
    }
}
