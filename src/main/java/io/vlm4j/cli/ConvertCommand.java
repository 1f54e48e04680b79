package io.vlm4j.cli;

import io.vlm4j.conversion.AdapterConversion;
import io.vlm4j.conversion.AdapterOptions;
import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionListener;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.ConvertedAdapter;
import io.vlm4j.conversion.ConvertedModel;
import io.vlm4j.conversion.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j convert`: a Hugging Face folder as GGUF files, or an adapter of `peft` as one.
@Command(
        name = "convert",
        description = {
            "Makes GGUF files from a Hugging Face folder: LLaVA-1.5, LLaVA-NeXT, Fuyu, KOSMOS-2.",
            "Interrupted, it goes on where it was when it is started again.",
            "A LoRA adapter as Python's peft saves it becomes one for --lora."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class ConvertCommand implements Callable<Integer> {
    private static final String TYPES =
            "f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k_s, q4_k_m, q5_k_s, q5_k_m or q6_k";
    private static final Duration TOO_EARLY_TO_TELL = Duration.ofSeconds(5);

    private final RootCommand root;

    @Parameters(
            paramLabel = "HF_DIR",
            description = "The folder with config.json, or adapter_config.json, and safetensors files.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path folder;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            required = true,
            description = "Where to write; made if it is not there.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "How matrices of the text model are stored: " + TYPES
                    + ". Default: f16; f32 for an adapter, which can be f32, f16 or bf16.")
    private @Nullable String type;

    @Option(
            names = "--mmproj-type",
            paramLabel = "TYPE",
            description =
                    "The same for vision tower and projector, where they have a file of their own." + " Default: f16.")
    private @Nullable String projectorType;

    @Option(names = "--name", paramLabel = "NAME", description = "The model's name. Default: the folder's.")
    private @Nullable String name;

    @Option(
            names = "--base",
            paramLabel = "MODEL",
            description = "The model of an adapter: a GGUF file or a Hugging Face folder.")
    private @Nullable Path base;

    @Option(
            names = "--text-only",
            description = "Leave out what an adapter changes in the vision tower and the projector.")
    private boolean textOnly;

    @Option(names = "--json", description = "Print one JSON document at the end.")
    private boolean json;

    ConvertCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        try {
            if (AdapterConversion.isAdapter(folder)) {
                ConvertedAdapter converted = convertAdapter();
                tell(converted, Duration.ofNanos(System.nanoTime() - start));
            } else {
                ConvertedModel converted = convertModel(start);
                tell(converted, Duration.ofNanos(System.nanoTime() - start));
            }
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        }
        return ExitCode.OK;
    }

    private ConvertedModel convertModel(long start) {
        if (base != null || textOnly) {
            throw new Failure(
                    ExitCode.USAGE,
                    (base != null ? "--base" : "--text-only") + " is for adapters, but " + folder
                            + " has no adapter_config.json");
        }
        ConversionOptions options = options();
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin()) {
            return Conversion.convert(folder, out, options, telling(progress, start));
        } finally {
            progress.clear();
        }
    }

    private ConvertedAdapter convertAdapter() {
        if (base == null) {
            throw new Failure(
                    ExitCode.USAGE, folder + " holds an adapter: --base must name its model, a GGUF file or a folder");
        }
        if (projectorType != null) {
            throw new Failure(ExitCode.USAGE, "--mmproj-type is not for adapters, and " + folder + " holds one");
        }
        return AdapterConversion.convert(folder, base, out, adapterOptions());
    }

    private ConversionOptions options() {
        try {
            return new ConversionOptions(
                    type("--type", Objects.requireNonNullElse(type, "f16")),
                    type("--mmproj-type", Objects.requireNonNullElse(projectorType, "f16")),
                    Optional.ofNullable(name));
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "--" + e.getMessage(), e);
        }
    }

    private AdapterOptions adapterOptions() {
        try {
            return new AdapterOptions(
                    type("--type", Objects.requireNonNullElse(type, "f32")), Optional.ofNullable(name), textOnly);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "--" + e.getMessage(), e);
        }
    }

    private static WeightType type(String option, String label) {
        try {
            return WeightType.of(label);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, option.replaceFirst("type$", "") + e.getMessage(), e);
        }
    }

    private ConversionListener telling(ProgressLine progress, long start) {
        long[] first = {-1};
        return (file, tensor, done, total) -> {
            if (first[0] < 0) {
                first[0] = done;
            }
            progress.show("converting " + (int) (100.0 * done / Math.max(1, total)) + "%"
                    + left(System.nanoTime() - start, done - first[0], total - done) + ": " + file.getFileName() + ", "
                    + tensor);
            return !root.interruption().isRequested();
        };
    }

    private static String left(long nanos, long done, long missing) {
        if (done == 0 || nanos < TOO_EARLY_TO_TELL.toNanos()) {
            return "";
        }
        long seconds = (long) ((double) nanos / done * missing / 1e9);
        return ", " + (seconds < 60 ? seconds + " s" : (seconds + 59) / 60 + " min") + " left";
    }

    private void tell(ConvertedModel converted, Duration took) {
        if (json) {
            ObjectNode document = Json.object()
                    .put("architecture", converted.architecture())
                    .put("model", converted.model().toString())
                    .put("model_bytes", size(converted.model()));
            converted
                    .projector()
                    .ifPresent(projector ->
                            document.put("mmproj", projector.toString()).put("mmproj_bytes", size(projector)));
            document.put("parameters", converted.parameters()).put("time_ms", took.toMillis());
            root.out().line(Json.text(document));
            return;
        }
        root.out().line(converted.model().toString());
        converted.projector().ifPresent(projector -> root.out().line(projector.toString()));
    }

    private void tell(ConvertedAdapter converted, Duration took) {
        if (!converted.leftOut().isEmpty()) {
            root.note(converted.leftOut().size() + " matrices were left out, which are not the text model's, such as "
                    + converted.leftOut().getFirst());
        }
        if (json) {
            ObjectNode document = Json.object()
                    .put("architecture", converted.architecture())
                    .put("adapter", converted.file().toString())
                    .put("adapter_bytes", size(converted.file()))
                    .put("matrices", converted.matrices())
                    .put("rank", converted.rank())
                    .put("alpha", converted.alpha())
                    .put("left_out", converted.leftOut().size())
                    .put("time_ms", took.toMillis());
            root.out().line(Json.text(document));
            return;
        }
        root.out().line(converted.file().toString());
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e, e);
        }
    }
}
