package io.vlm4j.scheduling.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CopyCostTest {
    private static final long BYTES = 1_000_000;

    private final Pace pace = new Pace(512);

    @Test
    void overABusACopyMustBeFasterThanEvaluating() {
        CopyCost cost = new CopyCost(pace, true);
        pace.measured(0, 100, 1_000_000); // 10 µs each
        cost.measured(BYTES, 1_000_000);

        assertThat(cost.isWorth(BYTES, 250)).as("2.5 ms against 2").isTrue();
        assertThat(cost.isWorth(BYTES, 150)).as("1.5 ms against 2").isFalse();
    }

    @Test
    void withoutMeasuresItIsTried() {
        CopyCost cost = new CopyCost(pace, true);
        assertThat(cost.isWorth(BYTES, 1)).isTrue();
        cost.measured(BYTES, 1_000_000_000);
        assertThat(cost.isWorth(BYTES, 1)).as("no token was evaluated yet").isTrue();
    }

    @Test
    void whatWasTooSlowIsTriedAgainAfterAWhile() {
        CopyCost cost = new CopyCost(pace, true);
        pace.measured(0, 100, 1_000_000);
        cost.measured(BYTES, 1_000_000);
        int refusals = 0;
        while (!cost.isWorth(BYTES, 150)) {
            refusals++;
        }
        assertThat(refusals).isBetween(5, 50);
    }

    @Test
    void inMainMemoryItIsAlwaysWorthIt() {
        CopyCost cost = new CopyCost(pace, false);
        pace.measured(0, 100, 1_000);
        cost.measured(BYTES, 1_000_000_000);
        assertThat(cost.isWorth(BYTES, 1)).isTrue();
    }
}
