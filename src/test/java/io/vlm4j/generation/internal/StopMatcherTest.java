package io.vlm4j.generation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopMatcherTest {
    private static String feed(StopMatcher matcher, String... pieces) {
        StringBuilder shown = new StringBuilder();
        for (String piece : pieces) {
            shown.append(matcher.add(piece));
            if (matcher.hasMatched()) {
                return shown.toString();
            }
        }
        return shown.append(matcher.end()).toString();
    }

    @Test
    void withoutStopsTextPassesThroughUntouched() {
        StopMatcher matcher = new StopMatcher(List.of());
        String piece = "piece";
        assertThat(matcher.add(piece)).isSameAs(piece);
    }

    @Test
    void findsAStopSpreadOverPieces() {
        StopMatcher matcher = new StopMatcher(List.of("</answer>"));
        assertThat(feed(matcher, "yes", "<", "/ans", "wer", "> more")).isEqualTo("yes");
        assertThat(matcher.hasMatched()).isTrue();
    }

    @Test
    void showsWhatTurnedOutToBeNoStop() {
        StopMatcher matcher = new StopMatcher(List.of("</answer>"));
        assertThat(feed(matcher, "1 ", "<", "/b", "> 2", " </an")).isEqualTo("1 </b> 2 </an");
        assertThat(matcher.hasMatched()).isFalse();
    }

    @Test
    void holdsBackOnlyWhatMayBecomeAStop() {
        StopMatcher matcher = new StopMatcher(List.of("aab"));
        assertThat(matcher.add("xaa")).isEqualTo("x");
        assertThat(matcher.add("a")).isEqualTo("a"); // "aa" may still become the stop
        assertThat(matcher.add("b")).isEmpty();
        assertThat(matcher.hasMatched()).isTrue();
    }

    @Test
    void theEarliestOfSeveralStopsCounts() {
        StopMatcher matcher = new StopMatcher(List.of("later", "now"));
        assertThat(feed(matcher, "go now or later")).isEqualTo("go ");
    }
}
