package io.vlm4j.inference.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MostLikelyTest {
    private static int of(float least, float... logits) {
        return MostLikely.of(MemorySegment.ofArray(logits), least);
    }

    @Test
    void theLargestLogitIsTheMostLikely() {
        assertThat(of(0, 1, 5, 3)).isEqualTo(1);
        assertThat(of(0, -7, -7, -7)).isZero();
    }

    @Test
    void theBoundIsOnItsProbability() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 500; round++) {
            float[] logits = new float[50];
            double sum = 0;
            int best = 0;
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) random.nextDouble(-40, 8);
                sum += Math.exp(logits[i]);
                best = logits[i] > logits[best] ? i : best;
            }
            double probability = Math.exp(logits[best]) / sum;
            assertThat(of((float) (probability * 0.999), logits)).isEqualTo(best);
            assertThat(of((float) Math.min(1, probability * 1.001), logits)).isEqualTo(probability > 0.999 ? best : -1);
        }
    }

    @Test
    void certaintyIsReached() {
        assertThat(of(1, 0, 100, 0)).isEqualTo(1);
        assertThat(of(1, 0, 1, 0)).isEqualTo(-1);
    }
}
