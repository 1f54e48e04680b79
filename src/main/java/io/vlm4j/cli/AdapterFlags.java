package io.vlm4j.cli;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.Adapters;
import io.vlm4j.isolation.AdapterFiles;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.Model;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is added to a model's weights and layers.
final class AdapterFlags {
    private static final Pattern SCALED = Pattern.compile("(.+)=([-+]?[0-9.]+([eE][-+]?[0-9]+)?)");
    private static final Pattern RANGE = Pattern.compile("(\\d{1,4})-(\\d{1,4})");

    @Option(
            names = "--lora",
            paramLabel = "FILE[=SCALE]",
            description = "Use a LoRA adapter, a GGUF file. May be repeated; all are used at once.")
    private List<String> loras = List.of();

    @Option(
            names = "--control-vector",
            paramLabel = "FILE[=SCALE]",
            description = "Use a control vector, a GGUF file. May be repeated; they are added up.")
    private List<String> vectors = List.of();

    @Option(
            names = "--control-vector-layers",
            paramLabel = "A-B",
            description = "The layers that are steered, counted from 0, both inclusive. Default: all that the vectors"
                    + " have directions for.")
    private @Nullable String layers;

    private record Scaled(Path file, float scale) {
        private static Scaled parse(String option, String text) {
            Matcher matcher = SCALED.matcher(text);
            if (!matcher.matches()) {
                return new Scaled(Path.of(text), 1);
            }
            try {
                return new Scaled(Path.of(matcher.group(1)), Float.parseFloat(matcher.group(2)));
            } catch (NumberFormatException e) {
                throw new Failure(ExitCode.USAGE, option + " " + text + ": " + matcher.group(2) + " is no number", e);
            }
        }
    }

    /// What was asked for, as far as it can be known without the model.
    static final class Request {
        private final List<Scaled> loras;
        private final Optional<ControlVector> vector;

        private Request(List<Scaled> loras, Optional<ControlVector> vector) {
            this.loras = loras;
            this.vector = vector;
        }

        /// Loads the adapters, which are closed with the model.
        ///
        /// @throws Failure when the control vector is for another model
        Adapters open(Model model) {
            Adapters adapters = Adapters.none();
            for (Scaled lora : loras) {
                adapters = adapters.with(model.openAdapter(lora.file()), lora.scale());
            }
            if (vector.isEmpty()) {
                return adapters;
            }
            try {
                vector.get().requireFits(model);
            } catch (IllegalArgumentException e) {
                throw new Failure(ExitCode.MODEL, "--control-vector: " + e.getMessage(), e);
            }
            return adapters.with(vector.get());
        }

        /// The same for a model that opens them itself.
        AdapterFiles files() {
            AdapterFiles files = AdapterFiles.none();
            for (Scaled lora : loras) {
                files = files.with(lora.file(), lora.scale());
            }
            return vector.isEmpty() ? files : files.with(vector.get());
        }
    }

    /// Reads the files as far as it can be done before a model is loaded.
    ///
    /// @throws Failure when an option is malformed
    Request read() {
        List<Scaled> adapters =
                loras.stream().map(text -> Scaled.parse("--lora", text)).toList();
        adapters.forEach(lora -> GgufFile.open(lora.file()).close());
        try {
            Optional<ControlVector> sum = vectors.stream()
                    .map(text -> Scaled.parse("--control-vector", text))
                    .map(scaled -> ControlVector.read(scaled.file()).scaledBy(scaled.scale()))
                    .reduce(ControlVector::plus);
            return new Request(adapters, sum.map(this::cut).or(this::refuseLayers));
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "--control-vector: " + e.getMessage(), e);
        }
    }

    private ControlVector cut(ControlVector vector) {
        if (layers == null) {
            return vector;
        }
        Matcher range = RANGE.matcher(layers);
        if (!range.matches()) {
            throw new Failure(ExitCode.USAGE, "--control-vector-layers must be like 10-20, not " + layers);
        }
        return vector.onLayers(Integer.parseInt(range.group(1)), Integer.parseInt(range.group(2)));
    }

    private Optional<ControlVector> refuseLayers() {
        if (layers != null) {
            throw new Failure(ExitCode.USAGE, "--control-vector-layers needs a --control-vector");
        }
        return Optional.empty();
    }
}
