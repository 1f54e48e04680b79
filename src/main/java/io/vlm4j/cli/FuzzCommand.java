package io.vlm4j.cli;

import io.vlm4j.torture.CaseRange;
import io.vlm4j.torture.FuzzKind;
import io.vlm4j.torture.FuzzOptions;
import io.vlm4j.torture.FuzzRun;
import io.vlm4j.torture.FuzzWorker;
import io.vlm4j.torture.KindReport;
import io.vlm4j.torture.target.SeedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `vlm4j fuzz`: can anything that comes in end the process?
@Command(
        name = "fuzz",
        description = {
            "Mutates what comes in (model files, pictures, grammars, schemas, templates, tokens, orders of calls) and"
                    + " has another process take it: whatever comes, it must go on, and answer with the exceptions that"
                    + " are documented.",
            "What ends that process, hangs, or is answered otherwise is kept; exit code 1 says that there was some."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class FuzzCommand implements Callable<Integer> {
    private static final Duration FOR_EVER = Duration.ofDays(365);

    private final RootCommand root;

    @Option(
            names = "--what",
            paramLabel = "KIND",
            split = ",",
            description = "text, mmproj, image, grammar, schema, template, adapter, session, tokens, calls. Default:"
                    + " all.")
    private List<String> what = List.of();

    @Option(names = "--cases", paramLabel = "N", description = "Cases of each kind. Default: ${DEFAULT-VALUE}.")
    private int cases = 1000;

    @Option(names = "--seed", paramLabel = "N", description = "Everything follows from it. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--replay",
            paramLabel = "KIND:SEED:CASE",
            description = "Run one case again, or some: KIND:SEED:FIRST..LAST.")
    private @Nullable String replay;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            description = "Folder for offenders, with a text beside each that says what happened. Default:"
                    + " ${DEFAULT-VALUE}.")
    private Path keep = Path.of("fuzz-offenders");

    @Option(names = "--time", paramLabel = "SECONDS", description = "Go on to the next kind after so long.")
    private int time;

    @Option(
            names = "--hang",
            paramLabel = "SECONDS",
            description = "A case that takes longer hangs. Default: ${DEFAULT-VALUE}.")
    private int hang = (int) FuzzOptions.DEFAULT_HANG.toSeconds();

    @Option(
            names = "--memory",
            paramLabel = "MIB",
            description = "End the process when it takes more memory. Default: ${DEFAULT-VALUE}.")
    private int memory = (int) (FuzzOptions.DEFAULT_MEMORY >> 20);

    @Option(names = "--worker", hidden = true)
    private @Nullable Path worker;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    FuzzCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        VisionFlags.ModelFiles files = vision.seeing(root);
        Path projector = files.projector().orElseThrow();
        if (worker != null) {
            return work(worker, files.model(), projector);
        }
        FuzzOptions options = new FuzzOptions(
                files.model().toAbsolutePath(),
                projector.toAbsolutePath(),
                cases,
                seed,
                keep.toAbsolutePath(),
                Duration.ofSeconds(hang),
                (long) memory << 20,
                time > 0 ? Duration.ofSeconds(time) : FOR_EVER,
                FuzzProcess.command());
        ProgressLine progress = root.progress();
        List<KindReport> reports = new ArrayList<>();
        try {
            for (CaseRange range : ranges()) {
                KindReport report = FuzzRun.of(range, options, progress::show);
                progress.clear();
                reports.add(report);
                if (!json) {
                    FuzzReport.lines(report, range).forEach(root.out()::line);
                    root.out().flush();
                }
            }
        } finally {
            progress.clear();
        }
        if (json) {
            root.out().line(Json.text(FuzzReport.document(reports, options)));
        }
        return reports.stream().allMatch(report -> report.offences().isEmpty()) ? ExitCode.OK : ExitCode.FAILURE;
    }

    private List<CaseRange> ranges() {
        if (replay != null) {
            return List.of(CaseRange.parse(replay));
        }
        List<FuzzKind> kinds = what.isEmpty()
                ? List.of(FuzzKind.values())
                : what.stream().map(FuzzKind::of).toList();
        return kinds.stream()
                .map(kind -> new CaseRange(kind, seed, 0, cases - 1))
                .toList();
    }

    /// This process is the one that takes what comes.
    private int work(Path folder, Path model, Path projector) throws IOException {
        FuzzProcess.endWithParent();
        SeedFiles seeds = SeedFiles.in(folder.resolve("seeds"), model, projector);
        new FuzzWorker(seeds, folder, keep, line -> {
                    root.out().line(line);
                    root.out().flush();
                })
                .run(CaseRange.parse(String.valueOf(replay)));
        return ExitCode.OK;
    }
}
