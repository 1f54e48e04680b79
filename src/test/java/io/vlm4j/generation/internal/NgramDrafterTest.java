package io.vlm4j.generation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Speculation;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NgramDrafterTest {
    private static int[] guess(int minLength, int maxLength, int most, int... text) {
        NgramDrafter drafter = new NgramDrafter(new Speculation.NgramLookup(minLength, maxLength, 64));
        TokenSequence history = new TokenSequence();
        Arrays.stream(text).forEach(history::add);
        int[] batch = new int[65];
        int count = drafter.draft(history, batch, most);
        return Arrays.copyOfRange(batch, 1, 1 + count);
    }

    @Test
    void guessesWhatFollowedTheNewestTokensBefore() {
        assertThat(guess(2, 3, 3, 1, 2, 3, 4, 5, 6, 9, 2, 3)).containsExactly(4, 5, 6);
    }

    @Test
    void theLongestRunDecidesAndOfThoseTheNearest() {
        assertThat(guess(1, 3, 1, 7, 1, 2, 50, 1, 2, 60, 8, 1, 2)).containsExactly(60);
        assertThat(guess(1, 3, 1, 7, 1, 2, 50, 8, 1, 2, 60, 7, 1, 2)).containsExactly(50);
    }

    @Test
    void shorterRunsThanAskedForDoNotCount() {
        assertThat(guess(3, 4, 4, 1, 2, 50, 9, 1, 2)).isEmpty();
    }

    @Test
    void aRepetitionGoesOnAndOn() {
        assertThat(guess(1, 2, 5, 4, 4, 4)).containsExactly(4, 4, 4, 4, 4);
        assertThat(guess(2, 4, 7, 1, 2, 3, 1, 2, 3)).containsExactly(1, 2, 3, 1, 2, 3, 1);
    }

    @Test
    void picturesAreNeitherMatchedNorGuessed() {
        int gap = TokenSequence.GAP;
        assertThat(guess(2, 4, 4, 1, gap, 2, 50, 60, 1, gap, 2)).isEmpty();
        assertThat(guess(1, 4, 4, 1, 2, gap, 3, 1, 2)).isEmpty();
        assertThat(guess(1, 4, 4, 1, 2, 5, gap, 3, 1, 2)).containsExactly(5);
    }

    @Test
    void agreesWithAPlainSearchOnRandomTexts() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 2000; round++) {
            int[] text = random.ints(random.nextInt(1, 30), 0, 3).toArray();
            int min = random.nextInt(1, 4);
            int max = random.nextInt(min, 6);
            assertThat(guess(min, max, 6, text)).as("%s", Arrays.toString(text)).isEqualTo(search(min, max, 6, text));
        }
    }

    private static int[] search(int min, int max, int most, int[] text) {
        for (int length = max; length >= min; length--) {
            for (int start = text.length - length - 1; start >= 0; start--) {
                if (Arrays.equals(text, start, start + length, text, text.length - length, text.length)) {
                    int[] longer = Arrays.copyOf(text, text.length + most);
                    for (int i = 0; i < most; i++) {
                        longer[text.length + i] = longer[start + length + i];
                    }
                    return Arrays.copyOfRange(longer, text.length, longer.length);
                }
            }
        }
        return new int[0];
    }
}
