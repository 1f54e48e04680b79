package io.vlm4j.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Logits after every token, lent where they are.
@Tag("native")
@Tag("model")
class ReadLogitsTest {
    private static final int[] TOKENS = {1, 300, 400, 500, 600, 700, 800};

    private Model model;
    private InferenceContext context;

    @BeforeEach
    void open() {
        model = Model.open(TestModels.bundled());
        context = InferenceContext.create(
                model,
                ContextOptions.builder()
                        .contextLength(256)
                        .batchSize(64)
                        .microBatchSize(4) // rows of several computations follow each other
                        .cacheType(CacheType.F32)
                        .build());
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void rowsAreThoseThatTokensGiveOneByOne() {
        context.decodeAll(TOKENS);
        float[] all = context.readLogits(Tensor::toFloatArray);
        assertThat(context.tokens()).isEqualTo(TOKENS.length);

        context.clear();
        float[] single = new float[all.length];
        int vocabulary = model.tokenizer().size();
        for (int i = 0; i < TOKENS.length; i++) {
            context.decode(TOKENS[i]);
            try (Tensor row = context.logits()) {
                System.arraycopy(row.toFloatArray(), 0, single, i * vocabulary, vocabulary);
            }
        }

        assertThat(Differences.relativeL2(all, single)).isLessThan(2e-2); // batches of Q4_0 round in another order
        for (int i = 0; i < TOKENS.length; i++) {
            assertThat(top(all, i, vocabulary)).isEqualTo(top(single, i, vocabulary));
        }
    }

    private static int top(float[] logits, int row, int vocabulary) {
        int best = row * vocabulary;
        for (int i = best; i < (row + 1) * vocabulary; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @Test
    void anyOtherEvaluationHasOneRow() {
        context.decode(TOKENS);

        assertThat(context.<Long>readLogits(rows -> rows.shape().dim(0))).isOne();
        assertThat(context.readLogits(Tensor::toFloatArray))
                .containsExactly(context.logits().toFloatArray());
    }

    @Test
    void theViewEndsWithTheCall() {
        context.decode(1);
        Tensor kept = context.readLogits(rows -> rows);

        assertThatIllegalStateException().isThrownBy(() -> kept.getFloat(0, 0));
    }

    @Test
    void theContextIsInUseMeanwhile() {
        context.decode(1);

        assertThatIllegalStateException()
                .isThrownBy(() -> context.readLogits(rows -> {
                    context.decode(2);
                    return rows;
                }));
        context.decode(2); // and free again
    }

    @Test
    void withoutLogitsThereIsNothingToRead() {
        assertThatIllegalStateException().isThrownBy(() -> context.readLogits(rows -> 0));
        context.decodeAll(TOKENS);
        context.truncate(3);
        assertThatIllegalStateException().isThrownBy(() -> context.readLogits(rows -> 0));
    }

    @Test
    void wrongTokensAreRefusedAndChangeNothing() {
        context.decode(1);
        assertThatIllegalArgumentException().isThrownBy(() -> context.decodeAll(new int[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> context.decodeAll(new int[context.batchSize() + 1]))
                .withMessageContaining("1 to 64 tokens");
        assertThatIllegalArgumentException().isThrownBy(() -> context.decodeAll(new int[] {1, 1_000_000}));
        for (int i = 0; i < 3; i++) {
            context.decodeAll(new int[64]);
        }
        assertThatThrownBy(() -> context.decodeAll(new int[64])).isInstanceOf(Vlm4jException.ContextFull.class);
        assertThat(context.tokens()).isEqualTo(1 + 3 * 64);
    }
}
