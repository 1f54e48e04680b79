package io.vlm4j.scheduling.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long MS = 1_000_000;

    @Test
    void promptsGetWhatMakesAPassEightTimesAsLong() {
        Pace pace = new Pace(1000);
        pace.measured(1, 0, 10 * MS);
        pace.measured(0, 100, 100 * MS);

        assertThat(pace.beside(10, 0)).isEqualTo(70);
        assertThat(pace.beside(1, 0)).isEqualTo(63); // 64 rows are multiplied at once
    }

    @Test
    void passesAreLongerWhereMuchIsWaiting() {
        Pace pace = new Pace(1000);
        pace.measured(1, 0, 10 * MS);
        pace.measured(0, 100, 100 * MS);

        assertThat(pace.beside(10, 4 * 70)).isEqualTo(70);
        assertThat(pace.beside(10, 4 * 70 + 1)).isEqualTo(150);
    }

    @Test
    void thereAreAFewInAnyCaseAndNeverMoreThanAllowed() {
        Pace slow = new Pace(1000);
        slow.measured(1, 0, 10 * MS);
        slow.measured(1, 1, 1000 * MS);
        Pace fast = new Pace(50);
        fast.measured(1, 0, 10 * MS);
        fast.measured(0, 100, MS);

        assertThat(slow.beside(4, 0)).isEqualTo(4);
        assertThat(fast.beside(14, 0)).isEqualTo(50);
        assertThat(new Pace(3).beside(1, 0)).isEqualTo(3);
    }

    @Test
    void onePassThatWasHeldUpChangesLittle() {
        Pace pace = new Pace(1000);
        pace.measured(1, 0, 10 * MS);
        pace.measured(0, 100, 100 * MS);
        pace.measured(0, 100, 100_000 * MS);

        assertThat(pace.beside(5, 0)).isBetween(40, 70);
    }
}
