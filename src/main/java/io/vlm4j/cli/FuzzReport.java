package io.vlm4j.cli;

import io.vlm4j.torture.CaseRange;
import io.vlm4j.torture.FuzzOptions;
import io.vlm4j.torture.KindReport;
import io.vlm4j.torture.Offence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How `vlm4j fuzz` tells what came out.
final class FuzzReport {
    private static final int SHOWN = 20;

    private FuzzReport() {}

    static List<String> lines(KindReport report, CaseRange range) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%-9s %6d cases (seed %d) in %.0f s: %d accepted, %d refused, %d died, %d hung, %d grew, %d wrong; RSS"
                        + " %d -> %d MiB; %d slow, %d processes",
                report.kind().label(),
                report.cases(),
                range.seed(),
                report.time().toMillis() / 1000.0,
                report.accepted(),
                report.refused().values().stream().mapToInt(Integer::intValue).sum(),
                report.count(Offence.What.DIED),
                report.count(Offence.What.HUNG),
                report.count(Offence.What.GREW),
                report.count(Offence.What.WRONG),
                report.first() >> 20,
                report.end() >> 20,
                report.slow(),
                report.workers()));
        if (!report.refused().isEmpty()) {
            lines.add("          refused by "
                    + report.refused().entrySet().stream()
                            .map(entry -> entry.getKey() + " " + entry.getValue())
                            .collect(Collectors.joining(", ")));
        }
        report.offences().stream().limit(SHOWN).forEach(offence -> lines.add("          " + offence));
        if (report.offences().size() > SHOWN) {
            lines.add("          and " + (report.offences().size() - SHOWN) + " more");
        }
        return lines;
    }

    static ObjectNode document(List<KindReport> reports, FuzzOptions options) {
        ObjectNode document = Json.object();
        document.put("seed", options.seed());
        ArrayNode kinds = document.putArray("kinds");
        reports.forEach(report -> kinds.add(document(report)));
        return document;
    }

    private static ObjectNode document(KindReport report) {
        ObjectNode document = Json.object();
        document.put("kind", report.kind().label());
        document.put("cases", report.cases());
        document.put("accepted", report.accepted());
        ObjectNode refused = document.putObject("refused");
        report.refused().forEach(refused::put);
        for (Offence.What what : Offence.What.values()) {
            document.put(what.name().toLowerCase(Locale.ROOT), report.count(what));
        }
        document.put("slow", report.slow());
        document.put("processes", report.workers());
        document.put("rss_first", report.first());
        document.put("rss_end", report.end());
        document.put("seconds", report.time().toMillis() / 1000.0);
        ArrayNode offences = document.putArray("offences");
        report.offences().forEach(offence -> offences.add(offence.toString()));
        return document;
    }
}
