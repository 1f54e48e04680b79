package io.vlm4j.attention.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.attention.AttentionRecipe;
import org.junit.jupiter.api.Test;

/// Recipes on attentions made by hand: two layers of two heads over four tokens, of which the first two are the
/// picture, the third the question, and the fourth chooses the word.
class ImageAttentionTest {
    private static final float[][] FIRST = {{1}, {0.5f, 0.5f}, {0.6f, 0.2f, 0.2f}, {0.2f, 0.4f, 0.2f, 0.2f}};
    private static final float[][] SECOND = {{1}, {0.5f, 0.5f}, {0.4f, 0.4f, 0.2f}, {0.1f, 0.7f, 0.1f, 0.1f}};
    private static final int COLUMNS = 8; // as ggml pads

    private static Attentions attentions() {
        Attentions attentions = new Attentions(3);
        attentions.add(0, twoHeads(FIRST, 0, 3), 2, 3, COLUMNS); // the prompt
        attentions.add(1, twoHeads(SECOND, 0, 3), 2, 3, COLUMNS);
        attentions.add(0, twoHeads(FIRST, 3, 4), 2, 1, COLUMNS); // a token
        attentions.add(1, twoHeads(SECOND, 3, 4), 2, 1, COLUMNS);
        return attentions;
    }

    /// Heads whose mean is what is given: one with all on the first key, one with the rest.
    private static float[] twoHeads(float[][] mean, int from, int to) {
        float[] probabilities = new float[2 * (to - from) * COLUMNS];
        for (int row = from; row < to; row++) {
            for (int key = 0; key <= row; key++) {
                float tilt = key == 0 ? 0.01f : key == 1 ? -0.01f : 0;
                probabilities[(row - from) * COLUMNS + key] = mean[row][key] + tilt;
                probabilities[(to - from + row - from) * COLUMNS + key] = mean[row][key] - tilt;
            }
        }
        return probabilities;
    }

    private static float[] of(AttentionRecipe recipe) {
        return new ImageAttention(attentions(), 0, 2, 3).of(3, recipe);
    }

    @Test
    void rowsAreGatheredOverEvaluations() {
        Attentions attentions = attentions();

        assertThat(attentions.layers()).isEqualTo(2);
        assertThat(attentions.queries()).isEqualTo(4);
        assertThat(attentions.mean(0, 2)).containsExactly(FIRST[2], within(1e-6f));
        assertThat(attentions.heads(1, 3)).hasSize(8);
        assertThat(attentions.heads(1, 3)[0]).isCloseTo(0.11f, within(1e-6f));
        assertThat(attentions.heads(1, 3)[4]).isCloseTo(0.09f, within(1e-6f));
    }

    @Test
    void lateLayersAreTheLaterHalf() {
        assertThat(of(AttentionRecipe.LATE_LAYERS)).containsExactly(new float[] {0.1f, 0.7f}, within(1e-6f));
    }

    /// Abnar and Zuidema: the product of (A + I) / 2 over the layers, computed as matrices.
    @Test
    void rollOutIsTheProductOfAllLayers() {
        double[][] product = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
        for (float[][] layer : new float[][][] {FIRST, SECOND}) {
            double[][] next = new double[4][4];
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 4; j++) {
                    for (int k = 0; k <= i; k++) {
                        next[i][j] += (layer[i][k] + (i == k ? 1 : 0)) / 2 * product[k][j];
                    }
                }
            }
            product = next;
        }

        assertThat(of(AttentionRecipe.ROLLOUT))
                .containsExactly(new float[] {(float) product[3][0], (float) product[3][1]}, within(1e-6f));
    }

    @Test
    void contrastIsWhatTheQuestionDidNotLookAt() {
        // the word: mean of both layers, on the picture 0.15 and 0.55; the question: 0.5 and 0.3
        double word = 0.55 / 0.7;
        double question = 0.3 / 0.8;

        assertThat(of(AttentionRecipe.CONTRAST))
                .containsExactly(new float[] {0, (float) (word - question)}, within(1e-6f));
    }

    @Test
    void theShareIsWhatIsOnThePictureAtAll() {
        assertThat(new ImageAttention(attentions(), 0, 2, 3).share(3)).isCloseTo(0.7, within(1e-6));
    }
}
