package io.vlm4j.cli;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// What one round of a benchmark measured.
///
/// @param prefill tokens of the prompt per second
/// @param wall    nanoseconds per token
/// @param cpu     nanoseconds of processor time per token, all threads of the process together
/// @param heap    bytes allocated on the Java heap per token
record Round(double prefill, double wall, double cpu, double heap) {
    double tokensPerSecond() {
        return 1e9 / wall;
    }

    /// Each figure's median.
    static Round median(List<Round> rounds) {
        return new Round(
                median(rounds, Round::prefill),
                median(rounds, Round::wall),
                median(rounds, Round::cpu),
                median(rounds, Round::heap));
    }

    static <T> double median(List<T> items, ToDoubleFunction<T> figure) {
        double[] sorted = items.stream().mapToDouble(figure).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("the median of nothing");
        }
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
