package io.vlm4j.load;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// How a server bore so many clients.
///
/// @param nanos            from the first request to the last answer
/// @param promptTokens     of all answers
/// @param completionTokens of all answers
/// @param text             answers to questions without pictures
/// @param pictures         answers to questions with one
/// @param failures         what went wrong, each text once
/// @param failed           how many answers did
public record LevelReport(
        int clients,
        Mix mix,
        long nanos,
        long promptTokens,
        long completionTokens,
        KindReport text,
        KindReport pictures,
        int failed,
        List<String> failures) {
    static LevelReport of(int clients, Mix mix, List<Sample> samples, long nanos) {
        List<Sample> whole =
                samples.stream().filter(sample -> sample.failure().isEmpty()).toList();
        return new LevelReport(
                clients,
                mix,
                nanos,
                whole.stream().mapToLong(Sample::promptTokens).sum(),
                whole.stream().mapToLong(Sample::completionTokens).sum(),
                KindReport.of(whole.stream().filter(sample -> !sample.picture()).toList()),
                KindReport.of(whole.stream().filter(Sample::picture).toList()),
                samples.size() - whole.size(),
                reasons(samples));
    }

    private static List<String> reasons(List<Sample> samples) {
        TreeSet<String> reasons = new TreeSet<>();
        samples.forEach(sample -> sample.failure().ifPresent(reasons::add));
        return List.copyOf(reasons);
    }

    /// This with pictures that were shown meanwhile; they do not count as tokens of the level.
    LevelReport with(List<Sample> shown) {
        LevelReport beside = of(1, Mix.PICTURE, shown, nanos);
        List<String> all = new ArrayList<>(failures);
        all.addAll(beside.failures());
        return new LevelReport(
                clients,
                Mix.BOTH,
                nanos,
                promptTokens,
                completionTokens,
                text,
                beside.pictures(),
                failed + beside.failed(),
                all);
    }

    public double seconds() {
        return nanos / 1e9;
    }

    public double tokensPerSecond() {
        return completionTokens / seconds();
    }

    public double answersPerSecond() {
        return (text.answers() + pictures.answers()) / seconds();
    }
}
