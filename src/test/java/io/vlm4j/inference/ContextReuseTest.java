package io.vlm4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a context has computed once is computed once, and comes to the same.
@Tag("native")
@Tag("model")
class ContextReuseTest {
    private static final String WHAT = "What is shown in this image?";
    private static final String APPLE = "06-red_apple.png";

    private static Model model;
    private static Projector projector;
    private static InferenceContext context;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(TestModels.bundledProjector());
        context = InferenceContext.create(model);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @BeforeEach
    void forget() {
        context.clear();
    }

    private static TokenizedPrompt question(String picture, String text) {
        Prompt prompt =
                Prompt.parse("USER: <image>\n" + text + " ASSISTANT:", ImageInput.of(TestModels.sample(picture)));
        return TokenizedPrompt.of(prompt, model, projector);
    }

    private static TokenizedPrompt text(String text) {
        return TokenizedPrompt.of(Prompt.parse(text), model, null);
    }

    /// Counts pictures that are encoded.
    private static final class Encodings implements EvaluationListener {
        private int count;

        @Override
        public void onMediaEncoded(int index, int tokens, Duration time, boolean cached) {
            count++;
        }
    }

    private static float[] logits() {
        try (Tensor logits = context.logits()) {
            return logits.toFloatArray();
        }
    }

    private static int[] greedy(int count) {
        int[] tokens = new int[count];
        try (Sampler sampler = Sampler.create(model, SamplingOptions.greedy())) {
            for (int i = 0; i < count; i++) {
                tokens[i] = context.sample(sampler);
                context.decode(tokens[i]);
            }
        }
        return tokens;
    }

    @Test
    void aSecondQuestionAboutAPictureEncodesNothingAndComesToTheSame() {
        Encodings encodings = new Encodings();
        try (TokenizedPrompt first = question(APPLE, WHAT);
                TokenizedPrompt second = question(APPLE, "Which objects are in the picture?")) {
            assertThat(context.remember(first, projector, Reuse.PREFIX, encodings))
                    .isZero();
            int reused = context.remember(second, projector, Reuse.PREFIX, encodings);
            assertThat(encodings.count).isEqualTo(1);
            assertThat(reused).isGreaterThanOrEqualTo(second.mediaTokens());
            assertThat(context.tokens()).isEqualTo(second.tokens());
            float[] warm = logits();

            assertThat(context.remember(second, projector, Reuse.NONE, encodings))
                    .isZero();
            assertThat(encodings.count).isEqualTo(2);
            assertThat(Differences.relativeL2(warm, logits())).isLessThan(1e-2); // batches of other sizes, Q4_0
        }
    }

    @Test
    void theSamePromptAgainEvaluatesItsLastTokenOnly() {
        try (TokenizedPrompt prompt = question(APPLE, WHAT)) {
            context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE);
            int[] cold = greedy(8);
            assertThat(context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE))
                    .isEqualTo(prompt.tokens() - 1);
            assertThat(greedy(8)).isEqualTo(cold);
        }
    }

    @Test
    void anotherPictureOfTheSameSizeIsAnother() {
        Encodings encodings = new Encodings();
        try (TokenizedPrompt apple = question(APPLE, WHAT);
                TokenizedPrompt box = question("08-box.png", WHAT)) {
            context.remember(apple, projector, Reuse.PREFIX, encodings);
            int reused = context.remember(box, projector, Reuse.PREFIX, encodings);
            assertThat(encodings.count).isEqualTo(2);
            assertThat(reused).isLessThan(8);
            int[] warm = greedy(4);
            context.remember(box, projector, Reuse.NONE, encodings);
            assertThat(greedy(4)).isEqualTo(warm);
        }
    }

    @Test
    void aPromptThatDoesNotFitLeavesWhatWasThere() {
        try (InferenceContext small = InferenceContext.create(
                        model, ContextOptions.builder().contextLength(256).build());
                TokenizedPrompt fits = text("a red apple");
                TokenizedPrompt tooLong = text("a red apple and ".repeat(100))) {
            small.remember(fits, null, Reuse.PREFIX, EvaluationListener.NONE);
            assertThatThrownBy(() -> small.remember(tooLong, null, Reuse.PREFIX, EvaluationListener.NONE))
                    .isInstanceOf(Vlm4jException.ContextFull.class)
                    .hasMessageContaining("256");
            assertThat(small.tokens()).isEqualTo(fits.tokens());
        }
    }

    @Test
    void anInterruptedPromptLeavesTheCommonBeginning() {
        try (TokenizedPrompt first = question(APPLE, WHAT);
                TokenizedPrompt second = question(APPLE, "Is it sweet?")) {
            context.remember(first, projector, Reuse.PREFIX, EvaluationListener.NONE);
            context.interrupt();
            assertThatThrownBy(() -> context.remember(second, projector, Reuse.PREFIX, EvaluationListener.NONE))
                    .isInstanceOf(Vlm4jException.Cancelled.class);
            assertThat(context.tokens()).isBetween(second.mediaTokens(), second.tokens() - 1);
            Encodings encodings = new Encodings();
            context.remember(second, projector, Reuse.PREFIX, encodings);
            assertThat(encodings.count).isZero();
        }
    }

    @Test
    void cutsGoBetweenPictures() {
        try (TokenizedPrompt prompt = question(APPLE, WHAT)) {
            context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE);
            int before = ((TokenizedPrompt.TextChunk) prompt.chunks().getFirst()).tokens();
            assertThatThrownBy(() -> context.truncate(before + 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("middle of a picture");
            context.truncate(before + prompt.mediaTokens());
            assertThat(context.tokens()).isEqualTo(before + prompt.mediaTokens());
            context.truncate(before);
            assertThat(context.tokens()).isEqualTo(before);
        }
    }

    @Test
    void aSnapshotComesBackToTheSameTokens() {
        try (TokenizedPrompt prompt = question(APPLE, WHAT);
                TokenizedPrompt other = text("something else altogether")) {
            context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE);
            try (ContextSnapshot snapshot = context.snapshot()) {
                int[] expected = greedy(64);
                context.remember(other, null, Reuse.PREFIX, EvaluationListener.NONE);
                context.restore(snapshot);
                assertThat(context.tokens()).isEqualTo(prompt.tokens());
                assertThatThrownBy(() -> greedy(1)).isInstanceOf(IllegalStateException.class);
                context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE);
                assertThat(greedy(64)).isEqualTo(expected);
                assertThat(snapshot.sizeInBytes()).isPositive();
            }
        }
    }

    @Test
    void snapshotsOfOtherModelsAndClosedOnesAreRefused() {
        try (Model other = Model.open(TestModels.bundled());
                InferenceContext theirs = InferenceContext.create(other);
                TokenizedPrompt prompt = text("a red apple")) {
            context.remember(prompt, null, Reuse.PREFIX, EvaluationListener.NONE);
            ContextSnapshot snapshot = context.snapshot();
            assertThatThrownBy(() -> theirs.restore(snapshot)).isInstanceOf(IllegalArgumentException.class);
            snapshot.close();
            snapshot.close();
            assertThatThrownBy(() -> context.restore(snapshot)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aSnapshotOfAnotherCacheTypeIsRefusedAndNothingIsRemembered() {
        try (InferenceContext exact = InferenceContext.create(
                        model, ContextOptions.builder().cacheType(CacheType.F32).build());
                TokenizedPrompt prompt = text("a red apple")) {
            exact.remember(prompt, null, Reuse.PREFIX, EvaluationListener.NONE);
            context.remember(prompt, null, Reuse.PREFIX, EvaluationListener.NONE);
            try (ContextSnapshot snapshot = exact.snapshot()) {
                assertThatThrownBy(() -> context.restore(snapshot)).isInstanceOf(Vlm4jException.Inference.class);
            }
            assertThat(context.tokens()).isZero();
        }
    }

    @Test
    void whatFollowsAPartThatWasTakenOutIsMoved() {
        String beginning = "a red apple and a house. ";
        String middle = "a musical note, an avocado and a phone, a toilet and an anchor. ";
        String end = "a pufferfish, a rocket, a computer mouse, a radio, a mirror, a candle and a syringe ";
        Encodings encodings = new Encodings();
        try (TokenizedPrompt whole = text(beginning + middle + end);
                TokenizedPrompt shorter = text(beginning + end + "and")) {
            context.remember(whole, null, Reuse.MOVED, encodings);
            int prefix = context.remember(shorter, null, Reuse.PREFIX, encodings);
            context.remember(whole, null, Reuse.MOVED, encodings);
            int moved = context.remember(shorter, null, Reuse.MOVED, encodings);
            assertThat(moved).isGreaterThan(prefix + 16);
            assertThat(context.tokens()).isEqualTo(shorter.tokens());
            assertThat(context.position()).isEqualTo(shorter.positions());
            assertThat(greedy(8)).hasSize(8);
        }
    }

    @Test
    void aFullContextGoesOnAfterShifting() {
        try (TokenizedPrompt prompt = question(APPLE, WHAT)) {
            context.remember(prompt, projector, Reuse.PREFIX, EvaluationListener.NONE);
            assertThat(context.canShift()).isTrue();
            int before = context.tokens();
            int gone = context.shift(2, 3); // into the picture, which goes as a whole
            assertThat(gone).isGreaterThanOrEqualTo(prompt.mediaTokens());
            assertThat(context.tokens()).isEqualTo(before - gone);
            assertThat(context.position()).isEqualTo(before - gone);
            context.decode(model.tokenizer().encode(" a"));
            assertThat(greedy(4)).hasSize(4);
            assertThatThrownBy(() -> context.shift(0, 10_000)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
