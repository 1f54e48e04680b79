package io.vlm4j.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.testkit.TestModels;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SoakTest {
    private static final long MIB = 1 << 20;

    private static SoakReport of(List<SoakReport.Sample> samples) {
        return new SoakReport(1, 1, 1, List.of(), samples, Duration.ofHours(1));
    }

    private static List<SoakReport.Sample> line(double start, double slope) {
        return IntStream.range(0, 100)
                .mapToObj(i -> new SoakReport.Sample(36.0 * i, (long) ((start + slope * i / 100) * MIB)))
                .toList();
    }

    @Test
    void theSlopeIsThatOfTheLine() {
        SoakReport report = of(line(200, 50));

        assertThat(report.bytesPerHour() / MIB).isCloseTo(50, within(0.1));
        assertThat(report.passed()).isFalse();
        assertThat(report.picture()).hasSize(60).endsWith("█");
    }

    @Test
    void whatStaysWithinTwoPercentPasses() {
        assertThat(of(line(200, 3)).passed()).isTrue();
        assertThat(of(line(200, -80)).passed()).isTrue();
        assertThat(of(List.of(new SoakReport.Sample(1, 5))).passed()).isTrue();
    }

    @Test
    @Tag("native")
    @Tag("model")
    void everyKindOfWorkIsDone() throws Exception {
        SoakOptions options = new SoakOptions(
                TestModels.bundled(), TestModels.bundledProjector(), 2000, 4, 2, Duration.ofMinutes(5), 1, 3);

        SoakReport report = Soak.run(options, () -> false, text -> {});

        assertThat(report.tokens()).isGreaterThanOrEqualTo(2000);
        assertThat(report.images()).isGreaterThanOrEqualTo(4);
        assertThat(report.opens()).isGreaterThanOrEqualTo(2);
        assertThat(report.counts())
                .extracting(SoakReport.Count::work)
                .contains("answers", "conversations", "schedulers", "cancellations", "opens");
    }
}
