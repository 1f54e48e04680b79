package io.vlm4j.cli;

import io.vlm4j.model.Threads;
import io.vlm4j.torture.Soak;
import io.vlm4j.torture.SoakOptions;
import io.vlm4j.torture.SoakReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j soak`: does a process that works for long grow?
@Command(
        name = "soak",
        description = {
            "Generates, converses, sees, embeds, schedules, cancels, opens and closes for long, and says what became of"
                    + " the process's memory.",
            "Exit code 1 says that it takes over 2 %% more at the end than after the first tenth."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class SoakCommand implements Callable<Integer> {
    private static final Duration FOR_EVER = Duration.ofDays(365);
    private static final double MINUTE = 60;

    private final RootCommand root;

    @Option(names = "--minutes", paramLabel = "N", description = "Stop after so long, whatever was reached.")
    private int minutes;

    @Option(names = "--tokens", paramLabel = "N", description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
    private long tokens = 1_000_000;

    @Option(
            names = "--images",
            paramLabel = "N",
            description = "Pictures to encode. Default: one for each hundred tokens.")
    private long images;

    @Option(
            names = "--opens",
            paramLabel = "N",
            description = "Models to open and close. Default: one for each thousand tokens.")
    private long opens;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: what this machine has to spare, now ${DEFAULT-VALUE}.")
    private int threads = Threads.recommended();

    @Option(names = "--seed", paramLabel = "N", description = "Of all that is random. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--json", description = "Print JSON, with all measurements.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    SoakCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        VisionFlags.ModelFiles files = vision.seeing(root);
        SoakOptions options = new SoakOptions(
                files.model(),
                files.projector().orElseThrow(),
                tokens,
                images > 0 ? images : Math.max(1, tokens / 100),
                opens > 0 ? opens : Math.max(1, tokens / 1000),
                minutes > 0 ? Duration.ofMinutes(minutes) : FOR_EVER,
                threads,
                seed);
        ProgressLine progress = root.progress();
        SoakReport report;
        try (Interruption.Work _ = root.interruption().begin()) {
            report = Soak.run(options, root.interruption()::isRequested, progress::show);
        } finally {
            progress.clear();
        }
        if (json) {
            root.out().line(Json.text(document(report)));
        } else {
            print(report);
        }
        return report.passed() ? ExitCode.OK : ExitCode.FAILURE;
    }

    private void print(SoakReport report) {
        double spent = Math.max(1e-3, report.time().toMillis() / 1000.0 / MINUTE);
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%.1f minutes, %d threads, seed %d", spent, threads, seed));
        lines.add(rate("tokens", report.tokens(), spent));
        lines.add(rate("pictures", report.images(), spent));
        lines.add(rate("models opened and closed", report.opens(), spent));
        report.counts().forEach(count -> lines.add("    " + count.times() + " " + count.work()));
        lines.add("memory (RSS) over time   " + report.picture());
        lines.add(String.format(
                Locale.ROOT,
                "after the first tenth %.1f MiB, at the end %.1f MiB (%+.2f %%), slope %+.2f MiB an hour",
                mebibytes(report.first()),
                mebibytes(report.end()),
                100.0 * (report.end() - report.first()) / report.first(),
                report.bytesPerHour() / (1 << 20)));
        lines.add(report.passed() ? "passed" : "FAILED: it grows");
        lines.forEach(root.out()::line);
    }

    private static String rate(String what, long count, double minutes) {
        return String.format(Locale.ROOT, "%,d %s (%,.1f a minute)", count, what, count / minutes);
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private static ObjectNode document(SoakReport report) {
        ObjectNode document = Json.object();
        document.put("seconds", report.time().toMillis() / 1000.0);
        document.put("tokens", report.tokens());
        document.put("images", report.images());
        document.put("opens", report.opens());
        ObjectNode counts = document.putObject("work");
        report.counts().forEach(count -> counts.put(count.work(), count.times()));
        document.put("rss_first", report.first());
        document.put("rss_end", report.end());
        document.put("bytes_per_hour", report.bytesPerHour());
        document.put("passed", report.passed());
        var samples = document.putArray("samples");
        report.samples()
                .forEach(sample ->
                        samples.addObject().put("seconds", sample.seconds()).put("rss", sample.bytes()));
        return document;
    }
}
