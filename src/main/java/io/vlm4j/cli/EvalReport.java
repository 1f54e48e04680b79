package io.vlm4j.cli;

import io.vlm4j.evaluation.AnswerMatch;
import io.vlm4j.evaluation.ComparisonReport;
import io.vlm4j.evaluation.EvaluationReport;
import io.vlm4j.evaluation.ExampleResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What `eval` has measured, for people and as JSON.
///
/// @param bad        rows that could not be used
/// @param against    the model that was compared with, if any
/// @param comparison empty also when there was nothing to compare over
record EvalReport(
        VisionFlags.ModelFiles files,
        Path data,
        AnswerMatch match,
        EvaluationReport report,
        List<BadExample> bad,
        Optional<Path> against,
        Optional<ComparisonReport> comparison) {
    private static final int BAR = 20;
    private static final int DIGITS = 9;

    record BadExample(String row, String reason) {}

    /// How far the work has come: `[#####---------------] 22/88`.
    static String bar(int done, int total) {
        int full = (int) ((long) BAR * done / total);
        return "[" + "#".repeat(full) + "-".repeat(BAR - full) + "] " + done + "/" + total;
    }

    static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private long correct() {
        return report.answered().stream()
                .filter(ExampleResult.Answered::correct)
                .count();
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(files.model() + " on " + data);
        lines.add(String.format(
                Locale.ROOT,
                "  accuracy        %-10s %d of %d, %s",
                percent(report.accuracy()),
                correct(),
                report.answered().size(),
                Json.name(match)));
        if (!bad.isEmpty()) {
            lines.add("  passed over     " + bad.size());
        }
        lines.add(number("perplexity", report.perplexity(), "of " + report.tokens() + " tokens of right answers"));
        against.ifPresent(other -> lines.add("against " + other));
        comparison.ifPresent(compared -> {
            lines.add(number("perplexity", compared.referencePerplexity(), "there"));
            lines.add(small("mean KL", compared.meanDivergence(), "nats a token"));
            lines.add(small("median KL", compared.medianDivergence(), ""));
            lines.add(small("99 % KL", compared.p99Divergence(), ""));
            lines.add(small("highest KL", compared.maxDivergence(), ""));
            lines.add("  same top token  " + percent(compared.topAgreement()));
        });
        return lines.stream().map(String::stripTrailing).toList();
    }

    private static String number(String name, double value, String note) {
        String text = Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.5f", value);
        return String.format(Locale.ROOT, "  %-15s %-10s %s", name, text, note);
    }

    /// Divergences are often far below what five places behind the point show.
    private static String small(String name, double value, String note) {
        return String.format(Locale.ROOT, "  %-15s %-10.2e %s", name, value, note);
    }

    ObjectNode document() {
        ObjectNode document = Json.object()
                .put("model", files.model().toString())
                .put("mmproj", files.projector().orElseThrow().toString())
                .put("data", data.toString())
                .put("match", Json.name(match))
                .put("examples", report.answered().size())
                .put("correct", correct());
        put(document, "accuracy", report.accuracy());
        document.put("tokens", report.tokens());
        put(document, "perplexity", report.perplexity());
        comparison.ifPresent(compared -> {
            ObjectNode node = document.putObject("against")
                    .put("model", against.orElseThrow().toString())
                    .put("tokens", compared.tokens());
            put(node, "perplexity", compared.referencePerplexity());
            put(node, "mean_kl", compared.meanDivergence());
            put(node, "median_kl", compared.medianDivergence());
            put(node, "p99_kl", compared.p99Divergence());
            put(node, "max_kl", compared.maxDivergence());
            put(node, "top_agreement", compared.topAgreement());
        });
        ArrayNode rows = document.putArray("bad_rows");
        bad.forEach(row -> rows.addObject().put("row", row.row()).put("reason", row.reason()));
        ArrayNode results = document.putArray("results");
        report.answered().forEach(answered -> result(answered, results.addObject()));
        return document;
    }

    private static void result(ExampleResult.Answered answered, ObjectNode node) {
        node.put("row", answered.example().name())
                .put("question", answered.example().question())
                .put("expected", answered.example().answers().getFirst())
                .put("answer", answered.answer())
                .put("correct", answered.correct())
                .put("tokens", answered.tokens());
        put(node, "negative_log_likelihood", answered.negativeLogLikelihood());
    }

    /// JSON knows no numbers that are none.
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, Json.rounded(value, DIGITS));
        } else {
            node.putNull(name);
        }
    }
}
