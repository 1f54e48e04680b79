package io.vlm4j.cli;

import io.vlm4j.Vlm4jException.WorkerDied;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.isolation.IsolatedVlm;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vlm4j complete`: what comes after this text?
@Command(
        name = "complete",
        description = "Continues a text as it stands, without a chat template, and prints what comes after it.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class CompleteCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "TEXT", description = "The text; - is standard input.")
    private String text = "";

    @Option(names = "--special", description = "Turn texts of special tokens (</s>, <|im_end|>) into those tokens.")
    private boolean special;

    @Option(names = "--json", description = "Print one JSON document at the end instead of text as it comes.")
    private boolean json;

    @Mixin
    private ModelFlag model = new ModelFlag();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

    @Mixin
    private AdapterFlags adapters = new AdapterFlags();

    @Mixin
    private GenerationFlags generation = new GenerationFlags();

    @Mixin
    private SpeculationFlags speculation = new SpeculationFlags();

    @Mixin
    private IsolationFlag isolation = new IsolationFlag();

    CompleteCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        speculation.check();
        isolation.refuse(speculation.hasModel(), "--draft-model", "both models must be in one process");
        String given = TextArgument.read(text, root.terminal());
        Prompt prompt =
                (special ? Prompt.builder().markup(given) : Prompt.builder().text(given)).build();
        Task task = new Task(
                model.file(),
                prompt,
                generation.options(GenerationOptions.builder()),
                adapters.read(),
                root.progress());
        try (Interruption.Work _ = root.interruption().begin()) {
            Generation written = isolation.isOn() ? writeApart(task) : write(task);
            if (json) {
                AnswerPrinter.explain(root, written);
                root.out()
                        .line(Json.text(Json.addFigures(
                                Json.object()
                                        .put("model", task.file().toString())
                                        .put("text", written.text()),
                                written)));
            }
            return written.finishReason() == FinishReason.CANCELLED ? ExitCode.INTERRUPTED : ExitCode.OK;
        } finally {
            task.progress().clear();
        }
    }

    private record Task(
            Path file, Prompt prompt, GenerationOptions options, AdapterFlags.Request adapted, ProgressLine progress) {}

    private Generation write(Task task) {
        try (Model loaded = Model.open(task.file(), loading(task));
                InferenceContext context = InferenceContext.create(loaded, compute.context());
                SpeculationFlags.Guesser guesser =
                        speculation.open(root, compute.context(context.contextLength()), task.progress())) {
            GenerationOptions options = task.options().toBuilder()
                    .adapters(task.adapted().open(loaded))
                    .speculation(guesser.speculation())
                    .build();
            return new Generator(context, null)
                    .generate(
                            task.prompt(),
                            options,
                            listener(new AnswerPrinter(root, task.progress(), "")),
                            root.interruption().newCancellation());
        }
    }

    /// The same in a process of its own.
    private Generation writeApart(Task task) {
        VlmOptions all = new VlmOptions(loading(task), ProjectorOptions.defaults(), compute.context());
        AnswerPrinter printer = new AnswerPrinter(root, task.progress(), "");
        try (SpeculationFlags.Guesser guesser = speculation.open(root, compute.context(), task.progress());
                IsolatedVlm apart = IsolationFlag.open(
                        task.file(), Optional.empty(), all, task.adapted().files())) {
            GenerationOptions options = task.options().toBuilder()
                    .speculation(guesser.speculation())
                    .build();
            return apart.complete(
                    task.prompt(),
                    options,
                    listener(printer),
                    root.interruption().newCancellation());
        } catch (WorkerDied e) {
            printer.abandon();
            throw e;
        }
    }

    private ModelOptions loading(Task task) {
        return compute.model(task.progress().loading(task.file(), root.interruption()));
    }

    private GenerationListener listener(AnswerPrinter printer) {
        return json ? GenerationListener.NONE : printer;
    }
}
