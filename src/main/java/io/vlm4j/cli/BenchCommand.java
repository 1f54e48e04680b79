package io.vlm4j.cli;

import io.vlm4j.generation.Generator;
import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Threads;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `vlm4j bench`: how fast is it, and what does Java cost?
@Command(
        name = "bench",
        description = {
            "Measures how fast prompts and pictures are read and tokens are written.",
            "Nothing else should run meanwhile."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class BenchCommand implements Callable<Integer> {
    private static final Duration WARM_UP = Duration.ofSeconds(1);

    private final RootCommand root;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A picture to look at. Default: a sample, for the bundled model.")
    private @Nullable Path image;

    @Option(names = "--prompt-tokens", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int promptTokens = 128;

    @Option(names = "--tokens", paramLabel = "N", description = "Tokens to write. Default: ${DEFAULT-VALUE}.")
    private int tokens = 128;

    @Option(names = "--repeat", paramLabel = "R", description = "Measured rounds. Default: ${DEFAULT-VALUE}.")
    private int repeat = 5;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: what this machine has to spare, now ${DEFAULT-VALUE}.")
    private int threads = Threads.recommended();

    @Option(names = "--compare", description = "Run the same loop written in C in turn with ours, and show the ratio.")
    private boolean compare;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "The prompt of the rounds with text. Default: words that say the same again and again, as"
                    + " many as --prompt-tokens.")
    private @Nullable Path text;

    @Option(names = "--json", description = "Print JSON, with the figures of every round.")
    private boolean json;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private SpeculationFlags speculation = new SpeculationFlags();

    BenchCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        speculation.check();
        Optional<String> given = Optional.ofNullable(text).map(GenerationFlags::read);
        VisionFlags.ModelFiles files = image != null ? vision.seeing(root) : vision.find(root);
        Optional<Path> picture = Optional.ofNullable(image).or(files::sample);
        BenchSettings settings =
                new BenchSettings(files.model(), threads, promptTokens, tokens, repeat, flashAttention(), picture);
        Optional<NativeBench> rival = compare
                ? Optional.of(
                        new NativeBench(settings.model(), promptTokens, tokens, threads, settings.flashAttention()))
                : Optional.empty();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin()) {
            BenchReport report = measure(settings, files, given, rival, progress);
            progress.clear();
            if (json) {
                root.out().line(Json.text(report.document()));
            } else {
                report.print(root.out());
            }
            return ExitCode.OK;
        } finally {
            progress.clear();
        }
    }

    private BenchReport measure(
            BenchSettings settings,
            VisionFlags.ModelFiles files,
            Optional<String> given,
            Optional<NativeBench> rival,
            ProgressLine progress) {
        long start = System.nanoTime();
        try (Model model = Model.open(
                        settings.model(),
                        ModelOptions.builder()
                                .listener(progress.loading(settings.model(), root.interruption()))
                                .build());
                InferenceContext context = InferenceContext.create(model, context(model, given));
                SpeculationFlags.Guesser guesser = speculation.open(root, context(context.contextLength()), progress);
                Sampler sampler = Sampler.create(model, SamplingOptions.greedy())) {
            BenchReport report = new BenchReport(settings, (System.nanoTime() - start) / 1e6);
            root.interruption().onRequest(context::interrupt);
            DecodeBench bench = new DecodeBench(context, sampler, promptTokens, tokens, given);
            warmUp(bench, guesser, progress);
            for (int i = 1; i <= repeat; i++) {
                goOn();
                progress.show("round " + i + " of " + repeat);
                rival.ifPresent(program -> report.addNative(program.round()));
                report.addTokens(bench.tokens());
                report.addText(bench.text());
                if (speculation.isOn()) {
                    report.addGuessed(bench.guessed(guesser.speculation()));
                }
            }
            if (settings.image().isPresent() && files.projector().isPresent()) {
                look(model, files.projector().get(), settings.image().get(), report, progress);
            }
            return report;
        }
    }

    /// Until the virtual machine has compiled what it will.
    private void warmUp(DecodeBench bench, SpeculationFlags.Guesser guesser, ProgressLine progress) {
        progress.show("warming up");
        long end = System.nanoTime() + WARM_UP.toNanos();
        do {
            goOn();
            bench.tokens();
            bench.text();
            bench.guessed(guesser.speculation());
        } while (System.nanoTime() < end);
    }

    private void look(Model model, Path mmproj, Path picture, BenchReport report, ProgressLine progress) {
        ProjectorOptions options = ProjectorOptions.builder()
                .threads(threads)
                .listener(progress.loading(mmproj, root.interruption()))
                .cache(EmbeddingCache.none())
                .build();
        try (Projector projector = model.openProjector(mmproj, options);
                ChatTemplate template = ChatTemplate.of(model);
                InferenceContext context = InferenceContext.create(
                        model, ContextOptions.builder().threads(threads).build())) {
            Generator generator = new Generator(context, projector);
            ImageBench.round(projector, picture);
            TurnBench.round(generator, template, picture);
            for (int i = 1; i <= repeat; i++) {
                goOn();
                progress.show("picture, round " + i + " of " + repeat);
                report.addImage(ImageBench.round(projector, picture));
                report.addTurns(TurnBench.round(generator, template, picture));
            }
        }
    }

    private void goOn() {
        if (root.interruption().isRequested()) {
            throw new Failure(ExitCode.INTERRUPTED, "interrupted");
        }
    }

    private ContextOptions context(Model model, Optional<String> given) {
        int prompt = given.map(some -> model.tokenizer().encode(some, true, false).length)
                .orElse(promptTokens);
        return context(Math.addExact(Math.max(promptTokens, prompt), tokens));
    }

    private ContextOptions context(int length) {
        try {
            return ContextOptions.builder()
                    .contextLength(length)
                    .batchSize(Math.max(promptTokens, Speculation.MOST + 1))
                    .threads(threads)
                    .flashAttention(FlashAttention.AUTO)
                    .build();
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }

    /// What [FlashAttention#AUTO] comes to.
    private static String flashAttention() {
        return NativeRuntime.load().devices().stream()
                        .anyMatch(device ->
                                device.kind() == Device.Kind.GPU || device.kind() == Device.Kind.INTEGRATED_GPU)
                ? "auto"
                : "off";
    }
}
