package io.vlm4j.evaluation.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.Vlm4jException;
import io.vlm4j.evaluation.ComparisonReport;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DivergencesTest {
    private static final Offset<Double> CLOSE = within(1e-9);

    private static LogitRows rows(float... logits) {
        return new LogitRows(Tensor.ofFloats(Shape.of(1, logits.length), logits));
    }

    @Test
    void aRowIsADistribution() {
        LogitRows rows = rows((float) Math.log(1), (float) Math.log(2), (float) Math.log(5));

        assertThat(rows.top(0)).isEqualTo(2);
        assertThat(rows.normalizer(0)).isCloseTo(Math.log(8), within(1e-6));
        assertThat(rows.logProbability(0, 1)).isCloseTo(Math.log(0.25), within(1e-6));
        assertThat(rows(1000, 1000).logProbability(0, 0)).isCloseTo(Math.log(0.5), CLOSE); // no overflow
    }

    @Test
    void divergenceIsTheExpectedDifferenceOfLogarithms() {
        Divergences divergences = new Divergences();
        divergences.add(
                rows((float) Math.log(0.5), (float) Math.log(0.5)),
                rows((float) Math.log(0.25), (float) Math.log(0.75)),
                0,
                0);
        ComparisonReport report = divergences.report();

        assertThat(report.meanDivergence())
                .isCloseTo(0.5 * Math.log(0.5 / 0.25) + 0.5 * Math.log(0.5 / 0.75), within(1e-6));
        assertThat(report.referencePerplexity()).isCloseTo(2, within(1e-6));
        assertThat(report.perplexity()).isCloseTo(4, within(1e-6));
        assertThat(report.topAgreement()).isZero(); // of two equally likely tokens the first is the top
    }

    @Test
    void aTokenThatIsImpossibleToTheReferenceDoesNotCount() {
        Divergences divergences = new Divergences();
        divergences.add(rows(0, Float.NEGATIVE_INFINITY), rows(0, 0), 0, 0);

        assertThat(divergences.report().meanDivergence()).isCloseTo(Math.log(2), CLOSE);
    }

    @Test
    void statisticsAreThoseOfAllTokens() {
        Divergences divergences = new Divergences();
        for (int i = 1000; i >= 0; i--) { // more than fit at first, in another order
            divergences.add(i, i % 4 != 0, -1, -2);
        }
        ComparisonReport report = divergences.report();

        assertThat(report.tokens()).isEqualTo(1001);
        assertThat(report.meanDivergence()).isCloseTo(500, CLOSE);
        assertThat(report.medianDivergence()).isCloseTo(500, CLOSE);
        assertThat(report.p99Divergence()).isCloseTo(990, CLOSE);
        assertThat(report.maxDivergence()).isCloseTo(1000, CLOSE);
        assertThat(report.topAgreement()).isCloseTo(750.0 / 1001, CLOSE);
        assertThat(report.referencePerplexity()).isCloseTo(Math.E, CLOSE);
        assertThat(report.perplexity()).isCloseTo(Math.E * Math.E, CLOSE);
    }

    @Test
    void percentilesLieBetweenValues() {
        double[] sorted = {1, 2, 4, 8};

        assertThat(Divergences.percentile(sorted, 0.5)).isCloseTo(3, CLOSE);
        assertThat(Divergences.percentile(sorted, 0.9)).isCloseTo(6.8, CLOSE);
        assertThat(Divergences.percentile(sorted, 1)).isCloseTo(8, CLOSE);
        assertThat(Divergences.percentile(new double[] {7}, 0.99)).isCloseTo(7, CLOSE);
    }

    @Test
    void nothingIsNoComparison() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Divergences().report());
        assertThatThrownBy(() -> rows(Float.NaN, 1).normalizer(0)).isInstanceOf(Vlm4jException.Inference.class);
        assertThatThrownBy(() ->
                        rows(Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY).normalizer(0))
                .isInstanceOf(Vlm4jException.Inference.class);
    }
}
