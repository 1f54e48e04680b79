package io.vlm4j.scheduling.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CopyCostTest {
    private static final long BYTES = 1_000_000;

    @Test
    void overABusACopyMustBeFasterThanEvaluating() {
        CopyCost cost = new CopyCost(true);
        cost.evaluated(100, 1_000_000); // 10 µs each
        cost.copied(BYTES, 1_000_000);

        assertThat(cost.isWorth(BYTES, 250)).as("2.5 ms against 2").isTrue();
        assertThat(cost.isWorth(BYTES, 150)).as("1.5 ms against 2").isFalse();
    }

    @Test
    void whatATokenCostsIsSaidByLongPasses() {
        CopyCost cost = new CopyCost(true);
        cost.copied(BYTES, 1_000_000);
        cost.evaluated(4, 3_000_000); // a pass takes 3 ms, however short it is
        assertThat(cost.isWorth(BYTES, 150)).isTrue();
        cost.evaluated(500, 5_000_000);
        cost.evaluated(4, 3_000_000);
        assertThat(cost.isWorth(BYTES, 150)).isFalse();
    }

    @Test
    void withoutMeasuresItIsTried() {
        CopyCost cost = new CopyCost(true);
        assertThat(cost.isWorth(BYTES, 1)).isTrue();
        cost.copied(BYTES, 1_000_000_000);
        assertThat(cost.isWorth(BYTES, 1)).as("no token was evaluated yet").isTrue();
    }

    @Test
    void whatWasTooSlowIsTriedAgainAfterAWhile() {
        CopyCost cost = new CopyCost(true);
        cost.evaluated(100, 1_000_000);
        cost.copied(BYTES, 1_000_000);
        int refusals = 0;
        while (!cost.isWorth(BYTES, 150)) {
            refusals++;
        }
        assertThat(refusals).isBetween(5, 50);
    }

    @Test
    void inMainMemoryItIsAlwaysWorthIt() {
        CopyCost cost = new CopyCost(false);
        cost.evaluated(100, 1_000);
        cost.copied(BYTES, 1_000_000_000);
        assertThat(cost.isWorth(BYTES, 1)).isTrue();
    }
}
