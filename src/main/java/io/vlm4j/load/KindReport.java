package io.vlm4j.load;

import java.util.List;

/// What clients saw of answers of one kind. Times are nanoseconds.
///
/// @param answers       that were whole
/// @param firstTokenP50 from sending a request to its first text
/// @param gapP50        between one piece of text and the next
public record KindReport(
        int answers,
        long firstTokenP50,
        long firstTokenP99,
        long gapP50,
        long gapP99,
        long gapMost,
        long totalP50,
        long totalP99) {
    static KindReport of(List<Sample> samples) {
        long[] first = samples.stream().mapToLong(Sample::firstToken).toArray();
        long[] gaps = samples.stream()
                .flatMap(sample -> sample.gaps().stream())
                .mapToLong(Long::longValue)
                .toArray();
        long[] total = samples.stream().mapToLong(Sample::total).toArray();
        return new KindReport(
                samples.size(),
                Percentile.of(first, 50),
                Percentile.of(first, 99),
                Percentile.of(gaps, 50),
                Percentile.of(gaps, 99),
                Percentile.of(gaps, 100),
                Percentile.of(total, 50),
                Percentile.of(total, 99));
    }
}
