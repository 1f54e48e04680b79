package io.vlm4j.cli;

import io.vlm4j.load.AgainReport;
import io.vlm4j.load.KindReport;
import io.vlm4j.load.LevelReport;
import io.vlm4j.load.Mix;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What `load` has measured, for people and as JSON.
///
/// @param stalled text streams beside pictures, if asked for
/// @param again   pictures asked about twice, if asked for
record LoadReport(URI server, List<LevelReport> levels, Optional<LevelReport> stalled, Optional<AgainReport> again) {
    private static final double MILLIS = 1e6;

    int failed() {
        return levels.stream().mapToInt(LevelReport::failed).sum()
                + stalled.map(LevelReport::failed).orElse(0);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(server + ", milliseconds");
        lines.add(row("clients", "about", "answers", "tok/s", "first", "first", "between", "between", "failed"));
        lines.add(row("", "", "", "", "p50", "p99", "p50", "p99", ""));
        levels.forEach(level -> table(level, Integer.toString(level.clients()), lines));
        stalled.ifPresent(level -> table(level, level.clients() + " + 1", lines));
        again.ifPresent(report -> lines.add(String.format(
                Locale.ROOT,
                "the same picture again: first token after %s ms instead of %s, %.1f times sooner",
                millis(report.warm()),
                millis(report.cold()),
                report.gain())));
        levels.forEach(level -> level.failures().forEach(reason -> lines.add("failed: " + reason)));
        stalled.ifPresent(level -> level.failures().forEach(reason -> lines.add("failed: " + reason)));
        return lines;
    }

    private static void table(LevelReport level, String clients, List<String> lines) {
        String failed = level.failed() == 0 ? "" : Integer.toString(level.failed());
        String rate = String.format(Locale.ROOT, "%.1f", level.tokensPerSecond());
        if (level.mix() != Mix.PICTURE) {
            lines.add(row(level.text(), clients, "text", rate, failed));
        }
        if (level.mix() == Mix.PICTURE) {
            lines.add(row(level.pictures(), clients, "pictures", rate, failed));
        } else if (level.mix() == Mix.BOTH) { // the rate is that of both
            lines.add(row(level.pictures(), "", "pictures", "", ""));
        }
    }

    private static String row(KindReport kind, String clients, String about, String rate, String failed) {
        return row(
                clients,
                about,
                Integer.toString(kind.answers()),
                rate,
                millis(kind.firstTokenP50()),
                millis(kind.firstTokenP99()),
                millis(kind.gapP50()),
                millis(kind.gapP99()),
                failed);
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "%-9s %-8s %9s %9s %9s %9s %9s %9s %9s", cells)
                .stripTrailing();
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / MILLIS);
    }

    ObjectNode document() {
        ObjectNode document = Json.object();
        document.put("server", server.toString());
        ArrayNode runs = document.putArray("levels");
        levels.forEach(level -> runs.add(node(level)));
        stalled.ifPresent(level -> document.set("stall", node(level)));
        again.ifPresent(report -> document.putObject("again")
                .put("cold_first_token_ms", report.cold() / MILLIS)
                .put("warm_first_token_ms", report.warm() / MILLIS)
                .put("gain", report.gain()));
        return document;
    }

    private static ObjectNode node(LevelReport level) {
        ObjectNode node = Json.object();
        node.put("clients", level.clients());
        node.put("mix", Json.name(level.mix()));
        node.put("seconds", level.seconds());
        node.put("prompt_tokens", level.promptTokens());
        node.put("completion_tokens", level.completionTokens());
        node.put("tokens_per_second", level.tokensPerSecond());
        node.put("answers_per_second", level.answersPerSecond());
        node.set("text", node(level.text()));
        node.set("pictures", node(level.pictures()));
        node.put("failed", level.failed());
        ArrayNode reasons = node.putArray("failures");
        level.failures().forEach(reasons::add);
        return node;
    }

    private static ObjectNode node(KindReport kind) {
        return Json.object()
                .put("answers", kind.answers())
                .put("first_token_p50_ms", kind.firstTokenP50() / MILLIS)
                .put("first_token_p99_ms", kind.firstTokenP99() / MILLIS)
                .put("between_p50_ms", kind.gapP50() / MILLIS)
                .put("between_p99_ms", kind.gapP99() / MILLIS)
                .put("between_most_ms", kind.gapMost() / MILLIS)
                .put("total_p50_ms", kind.totalP50() / MILLIS)
                .put("total_p99_ms", kind.totalP99() / MILLIS);
    }
}
