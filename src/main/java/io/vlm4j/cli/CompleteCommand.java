package io.vlm4j.cli;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import java.nio.file.Path;
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

    CompleteCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        speculation.check();
        String given = TextArgument.read(text, root.terminal());
        Prompt prompt =
                (special ? Prompt.builder().markup(given) : Prompt.builder().text(given)).build();
        Path file = model.file();
        GenerationOptions plain = generation.options(GenerationOptions.builder());
        AdapterFlags.Request adapted = adapters.read();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                Model loaded = Model.open(file, compute.model(progress.loading(file, root.interruption())));
                InferenceContext context = InferenceContext.create(loaded, compute.context());
                SpeculationFlags.Guesser guesser =
                        speculation.open(root, compute.context(context.contextLength()), progress)) {
            GenerationOptions options = plain.toBuilder()
                    .adapters(adapted.open(loaded))
                    .speculation(guesser.speculation())
                    .build();
            Generation written = new Generator(context, null)
                    .generate(
                            prompt,
                            options,
                            json ? GenerationListener.NONE : new AnswerPrinter(root, progress, ""),
                            root.interruption().newCancellation());
            if (json) {
                AnswerPrinter.explain(root, written);
                root.out()
                        .line(Json.text(Json.addFigures(
                                Json.object().put("model", file.toString()).put("text", written.text()), written)));
            }
            return written.finishReason() == FinishReason.CANCELLED ? ExitCode.INTERRUPTED : ExitCode.OK;
        } finally {
            progress.clear();
        }
    }
}
