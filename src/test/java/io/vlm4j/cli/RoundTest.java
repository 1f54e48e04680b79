package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class RoundTest {
    @Test
    void eachFigureHasItsOwnMedian() {
        Round median = Round.median(List.of(new Round(1, 30, 7, 0), new Round(2, 10, 9, 5), new Round(9, 20, 8, 1)));

        assertThat(median).isEqualTo(new Round(2, 20, 8, 1));
        assertThat(median.tokensPerSecond()).isEqualTo(5e7);
    }

    @Test
    void evenNumbersHaveTheMeanOfTheMiddleTwo() {
        assertThat(Round.median(List.of(1.0, 2.0, 4.0, 100.0), Double::doubleValue))
                .isEqualTo(3.0);
        assertThatIllegalArgumentException().isThrownBy(() -> Round.median(List.of()));
    }
}
