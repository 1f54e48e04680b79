package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.BadRow;
import io.vlm4j.dataset.BadRowListener;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.OnBadRow;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.evaluation.AnswerMatch;
import io.vlm4j.evaluation.ComparisonReport;
import io.vlm4j.evaluation.Evaluation;
import io.vlm4j.evaluation.EvaluationOptions;
import io.vlm4j.evaluation.EvaluationReport;
import io.vlm4j.evaluation.Example;
import io.vlm4j.evaluation.ExampleResult;
import io.vlm4j.files.AtomicFile;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vlm4j eval`: how good is a model, and how far from another?
@Command(
        name = "eval",
        description = {
            "Measures perplexity and accuracy of answers over a dataset: JSONL or a JSON array, parquet, or a folder of"
                    + " these or of pictures with captions.",
            "Rows have question and answer, messages, or LLaVA's conversations; what comes before the last answer is the"
                    + " question.",
            "With --against, also how far the model is from the one that it was quantized from."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class EvalCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "DATA", description = "The file or folder; pictures are below it.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path data;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "Compare with this model: KL divergence from it, and how often both find the same token most"
                    + " likely.")
    private @Nullable Path against;

    @Option(
            names = "--against-mmproj",
            paramLabel = "FILE",
            description = "The projector of --against. Default: the model's.")
    private @Nullable Path againstProjector;

    @Option(
            names = "--match",
            paramLabel = "HOW",
            description = "When an answer is right: exact, contains (the expected words in a row), or first_word; case"
                    + " and punctuation around it never count. Default: exact.")
    private AnswerMatch match = AnswerMatch.EXACT;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxTokens = EvaluationOptions.DEFAULT_MAX_TOKENS;

    @Option(names = "--limit", paramLabel = "N", description = "Take only the first N rows.")
    private int limit = Integer.MAX_VALUE;

    @Option(
            names = "--skip-bad",
            description = "Tell of rows that cannot be used and go on, instead of ending with the first.")
    private boolean skipBad;

    @Option(
            names = "--images-anywhere",
            description = "Allow pictures outside the file's folder. Only for files that you trust.")
    private boolean imagesAnywhere;

    @Option(names = "--json", description = "Print the report as JSON, with every answer.")
    private boolean json;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Write the report as JSON into a file.")
    private @Nullable Path out;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ImageCacheFlag imageCache = new ImageCacheFlag();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

    @Mixin
    private AdapterFlags adapters = new AdapterFlags();

    EvalCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        EvaluationOptions options = options();
        List<EvalReport.BadExample> bad = new ArrayList<>();
        int total = check(bad);
        Dataset<Example> examples = examples(OnBadRow.SKIP, BadRowListener.NONE);
        VisionFlags.ModelFiles files = vision.seeing(root);
        AdapterFlags.Request adapted = adapters.read();
        ProgressLine progress = root.progress();
        List<ExampleResult> results = new ArrayList<>();
        Optional<ComparisonReport> comparison = Optional.empty();
        int code = ExitCode.OK;
        try (Interruption.Work _ = root.interruption().begin();
                EmbeddingCache cache = imageCache.open();
                Vlm vlm = open(files.model(), files.projector().orElseThrow(), cache, progress)) {
            EvaluationOptions all = options.withGeneration(options.generation().toBuilder()
                    .adapters(adapted.open(vlm.model()))
                    .build());
            Cancellation cancellation = root.interruption().newCancellation();
            vlm.evaluation(all).run(examples, total, listener(results, bad, progress), cancellation);
            if (against != null) {
                comparison = compare(vlm, files, examples, answered(results), cache, progress, cancellation);
            }
        } catch (Vlm4jException.Cancelled e) {
            code = ExitCode.INTERRUPTED;
        } finally {
            progress.clear();
        }
        EvalReport report = new EvalReport(
                files, data, match, new EvaluationReport(results), bad, Optional.ofNullable(against), comparison);
        write(report);
        if (json) {
            root.out().line(Json.text(report.document()));
        } else {
            report.lines().forEach(root.out()::line);
        }
        return code;
    }

    private EvaluationOptions options() {
        try {
            if (limit < 1) {
                throw new Failure(ExitCode.USAGE, "--limit must be 1 or more, not " + limit);
            }
            EvaluationOptions defaults = EvaluationOptions.defaults();
            return defaults.withMatch(match)
                    .withSkipFailures(true) // the listener decides
                    .withGeneration(defaults.generation().toBuilder()
                            .maxTokens(maxTokens)
                            .build());
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// Reads the dataset once before a model is opened, and tells of bad rows.
    ///
    /// @return how many examples there are
    private int check(List<EvalReport.BadExample> bad) {
        try {
            BadRowListener listener = skipBad ? (row, _) -> refused(row, bad) : BadRowListener.NONE;
            int total = 0;
            try (DatasetCursor<Example> cursor =
                    examples(skipBad ? OnBadRow.SKIP : OnBadRow.FAIL, listener).open()) {
                for (; cursor.hasNext(); total++) {
                    cursor.next();
                }
            }
            if (total == 0) {
                throw new Failure(ExitCode.PROMPT, "no examples in " + data);
            }
            return total;
        } catch (InvalidFile e) {
            throw new Failure(ExitCode.PROMPT, String.valueOf(e.getMessage()), e);
        }
    }

    private void refused(BadRow row, List<EvalReport.BadExample> bad) {
        root.message(row.toString());
        bad.add(new EvalReport.BadExample(name(row.file(), row.row()), row.reason()));
    }

    private Dataset<Example> examples(OnBadRow onBadRow, BadRowListener listener) {
        DatasetOptions options = DatasetOptions.builder()
                .onBadRow(onBadRow)
                .badRows(listener)
                .imagesAnywhere(imagesAnywhere)
                .build();
        return VisionDataset.open(data, options).map(this::example).take(limit);
    }

    private Example example(VisionExample example) {
        return Example.of(example)
                .withName(name(example.origin().file(), example.origin().row()));
    }

    /// The row, with its file where there may be several.
    private String name(Path file, long row) {
        return file.equals(data) ? Long.toString(row) : file.getFileName() + ":" + row;
    }

    private Vlm open(Path model, Path projector, EmbeddingCache cache, ProgressLine progress) {
        VlmOptions options = compute.all(
                progress.loading(model, root.interruption()), progress.loading(projector, root.interruption()));
        return Vlm.open(
                model,
                projector,
                options.withProjector(
                        options.projector().toBuilder().cache(cache).build()));
    }

    private Evaluation.Listener listener(
            List<ExampleResult> results, List<EvalReport.BadExample> bad, ProgressLine progress) {
        return (result, done, total) -> {
            results.add(result);
            if (result instanceof ExampleResult.Failed failed) {
                String reason = data + ", row " + failed.example().name() + ": " + Failure.describe(failed.cause());
                if (!skipBad) {
                    throw new Failure(ExitCode.of(failed.cause()), reason, failed.cause());
                }
                progress.clear();
                root.message(reason);
                bad.add(new EvalReport.BadExample(failed.example().name(), Failure.describe(failed.cause())));
            }
            double accuracy = new EvaluationReport(results).accuracy();
            progress.show(EvalReport.bar(done, total) + " " + EvalReport.percent(accuracy) + " right");
        };
    }

    private static Set<String> answered(List<ExampleResult> results) {
        return new EvaluationReport(results)
                .answered().stream().map(answer -> answer.example().name()).collect(Collectors.toUnmodifiableSet());
    }

    private Optional<ComparisonReport> compare(
            Vlm vlm,
            VisionFlags.ModelFiles files,
            Dataset<Example> examples,
            Set<String> answered,
            EmbeddingCache cache,
            ProgressLine progress,
            Cancellation cancellation) {
        Path other = Optional.ofNullable(against).orElseThrow();
        Path projector =
                Optional.ofNullable(againstProjector).or(files::projector).orElseThrow();
        if (answered.isEmpty()) {
            return Optional.empty();
        }
        try (Vlm reference = open(other, projector, cache, progress)) {
            return Optional.of(vlm.comparison(reference)
                    .ofExamples(
                            examples.filter(example -> answered.contains(example.name())),
                            answered.size(),
                            (done, total) -> progress.show(EvalReport.bar(done, total) + " against " + other),
                            cancellation));
        } catch (IllegalArgumentException e) { // other vocabularies
            throw new Failure(ExitCode.MODEL, String.valueOf(e.getMessage()), e);
        }
    }

    private void write(EvalReport report) {
        if (out != null) {
            AtomicFile.write(out, (Json.text(report.document()) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }
}
