package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.BadRowListener;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.DatasetSplit;
import io.vlm4j.dataset.OnBadRow;
import io.vlm4j.dataset.VisionDataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.PushResult;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.training.SftOptions;
import io.vlm4j.training.SftTrainer;
import io.vlm4j.training.TrainingEvent;
import io.vlm4j.training.TrainingListener;
import io.vlm4j.training.TrainingResult;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j train`: teaches a model what a dataset shows.
@Command(
        name = "train",
        description = {
            "Trains a projector, adapters (LoRA) or the whole decoder on conversations about pictures: JSONL or a JSON"
                    + " array, parquet, or a folder of these or of pictures with captions.",
            "Interrupted, it writes a checkpoint, from which the same command with --resume goes on."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class TrainCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(
            names = "--dataset",
            paramLabel = "DATA",
            required = true,
            description = "The file or folder; pictures are below it.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path dataset;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            required = true,
            description = "Where checkpoints, logs and results go; made if it is not there.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Mixin
    private TrainingFlags training = new TrainingFlags();

    @Option(
            names = "--eval-share",
            paramLabel = "X",
            description = "Share of the dataset that is held back, and whose loss is measured. Default: none.")
    private double evaluationShare;

    @Option(names = "--max-length", paramLabel = "N", description = "Cut examples after N positions.")
    private int maxLength = CollatorOptions.UNLIMITED;

    @Option(names = "--all-text", description = "Learn everything that is written, not only what the assistant says.")
    private boolean allText;

    @Option(names = "--skip-bad", description = "Tell of rows that cannot be used and go on, instead of ending.")
    private boolean skipBad;

    @Option(
            names = "--images-anywhere",
            description = "Allow pictures outside the file's folder. Only for files that you trust.")
    private boolean imagesAnywhere;

    @Option(names = "--resume", description = "Go on from the last checkpoint in the folder, if there is one.")
    private boolean resume;

    @Option(names = "--merge", paramLabel = "FILE", description = "Write the model with the adapters added, too.")
    private @Nullable Path merge;

    @Option(
            names = "--push-to-hub",
            paramLabel = "OWNER/NAME",
            description = "Send what was trained to this repository on the Hugging Face Hub, which is made at once.")
    private @Nullable String repo;

    @Mixin
    private HubFlags hub = new HubFlags();

    @Option(names = "--json", description = "Print one JSON document at the end.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    TrainCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        VisionFlags.ModelFiles files = vision.seeing(root);
        SftOptions options = training.options(out, resume);
        if (merge != null && !training.isLora()) {
            throw new Failure(ExitCode.USAGE, "--merge is for --stage lora");
        }
        prepareHub();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                Model model = Model.open(
                        files.model(),
                        ModelOptions.builder()
                                .listener(progress.loading(files.model(), root.interruption()))
                                .build());
                Projector projector = model.openProjector(
                        files.projector().orElseThrow(),
                        ProjectorOptions.builder().threads(options.threads()).build());
                ChatTemplate template = ChatTemplate.of(model);
                SftTrainer trainer = open(projector, template, options, progress)) {
            root.interruption().onRequest(trainer::stop);
            TrainingResult result = trainer.train();
            progress.clear();
            if (result.ending() == TrainingResult.Ending.STOPPED) {
                root.message("stopped after step " + result.steps() + "; go on with --resume");
                return ExitCode.INTERRUPTED;
            }
            if (merge != null) {
                trainer.saveMerged(merge);
            }
            tell(result, push(result, progress));
            return ExitCode.OK;
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        } finally {
            progress.clear();
        }
    }

    /// Hours of training should not end at a token that may not write.
    private void prepareHub() {
        if (repo != null) {
            try (HubClient client = hub.open()) {
                client.prepare(repo, hub.options());
            } catch (IllegalArgumentException e) {
                throw Failure.ofSetting(e);
            }
        }
    }

    private Optional<PushResult> push(TrainingResult result, ProgressLine progress) {
        if (repo == null) {
            return Optional.empty();
        }
        root.interruption().onRequest(Thread.currentThread()::interrupt);
        try (HubClient client = hub.open()) {
            return Optional.of(result.pushToHub(client, repo, hub.options(), new PushReport(root, progress, repo)));
        } catch (Vlm4jException.Hub e) {
            progress.clear();
            tell(result, Optional.empty());
            throw new Failure(
                    ExitCode.HUB,
                    e.getMessage() + "; what was trained is in " + out + ", and 'vlm4j push " + out + " " + repo
                            + "' sends it",
                    e);
        } finally {
            progress.clear();
        }
    }

    private SftTrainer open(Projector projector, ChatTemplate template, SftOptions options, ProgressLine progress) {
        OnBadRow onBad = skipBad ? OnBadRow.SKIP : OnBadRow.FAIL;
        BadRowListener told = (row, _) -> {
            if (skipBad) {
                progress.clear();
                root.message(row.toString());
            }
        };
        Dataset<VisionExample> all = VisionDataset.open(
                dataset,
                DatasetOptions.builder()
                        .onBadRow(onBad)
                        .badRows(told)
                        .imagesAnywhere(imagesAnywhere)
                        .build());
        Optional<DatasetSplit<VisionExample>> split =
                evaluationShare == 0 ? Optional.empty() : Optional.of(all.split(evaluationShare, options.seed()));
        VisionDataCollator collator = VisionDataCollator.of(
                Processor.of(projector),
                template,
                CollatorOptions.defaults()
                        .withAssistantOnly(!allText)
                        .withMaxLength(maxLength)
                        .withOnUnusable(onBad, told));
        return SftTrainer.open(
                projector,
                collator,
                split.map(DatasetSplit::train).orElse(all),
                split.map(DatasetSplit::test),
                options,
                listener(progress));
    }

    private TrainingListener listener(ProgressLine progress) {
        long[] steps = new long[1];
        return event -> {
            switch (event) {
                case TrainingEvent.Started started -> {
                    steps[0] = started.steps();
                    root.note((started.step() == 0 ? "training " : "going on after step " + started.step() + ", ")
                            + started.parameters() + " parameters, " + started.steps() + " steps");
                }
                case TrainingEvent.FellBack fell -> {
                    progress.clear();
                    root.message(fell.device() + " cannot compute " + fell.operations() + "; the CPU does");
                }
                case TrainingEvent.Step step ->
                    progress.show(EvalReport.bar((int) step.step(), (int) steps[0])
                            + String.format(
                                    Locale.ROOT,
                                    " loss %.4f, rate %.2g, norm %.3f, %.0f tokens/s",
                                    step.loss(),
                                    step.learningRate(),
                                    step.gradientNorm(),
                                    step.tokensPerSecond()));
                case TrainingEvent.Evaluated evaluated -> {
                    progress.clear();
                    root.note(String.format(
                            Locale.ROOT, "step %d: evaluation loss %.4f", evaluated.step(), evaluated.loss()));
                }
                case TrainingEvent.Saved _ -> {}
                case TrainingEvent.Passed passed -> root.message(passed.reason() + "; the one before is used");
            }
        };
    }

    private void tell(TrainingResult result, Optional<PushResult> pushed) {
        if (json) {
            ObjectNode document = Json.object()
                    .put("ending", result.ending().name().toLowerCase(Locale.ROOT))
                    .put("steps", result.steps())
                    .put("loss", result.loss());
            result.evaluationLoss().ifPresent(loss -> document.put("evaluation_loss", loss));
            result.adapter().ifPresent(file -> document.put("adapter", file.toString()));
            result.projector().ifPresent(file -> document.put("mmproj", file.toString()));
            result.model().ifPresent(file -> document.put("model", file.toString()));
            pushed.ifPresent(push -> document.set("push", PushReport.document(push)));
            root.out().line(Json.text(document));
            return;
        }
        root.out()
                .line(String.format(Locale.ROOT, "%d steps, loss %.4f", result.steps(), result.loss())
                        + (result.evaluationLoss().isPresent()
                                ? String.format(
                                        Locale.ROOT,
                                        ", evaluation loss %.4f",
                                        result.evaluationLoss().getAsDouble())
                                : ""));
        Stream.of(result.adapter(), result.projector(), result.model(), Optional.ofNullable(merge))
                .flatMap(Optional::stream)
                .forEach(file -> root.out().line(file.toString()));
        pushed.ifPresent(push -> root.out().line(push.page().toString()));
    }
}
