package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufSplit;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufText;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.MemoryEstimate;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Tiling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What a GGUF file, or all parts of a split one, tell about the model inside. Files of strangers lack keys and use
/// other types than usual; that makes a fact absent, not the file unreadable.
///
/// @param header    the file that was named, which the owner of this keeps open
/// @param tensors   of all parts that are there
/// @param missing   parts that are not there
/// @param neighbour projectors beside a text model, by name
record ModelFacts(GgufFile header, List<GgufTensor> tensors, List<Path> missing, List<Neighbour> neighbour) {
    static final String CHAT_TEMPLATE = "tokenizer.chat_template";

    enum Kind {
        TEXT_MODEL,
        PROJECTOR,
        ADAPTER,
        OTHER
    }

    /// How much of a model has one element type.
    record Share(int tensors, long parameters, long bytes) {
        private Share plus(GgufTensor tensor) {
            return new Share(tensors + 1, parameters + tensor.shape().elementCount(), bytes + tensor.byteSize());
        }
    }

    /// A projector file.
    record Neighbour(Path file, boolean sees, boolean hears) {}

    static ModelFacts of(GgufFile header) {
        List<GgufTensor> tensors = new ArrayList<>(header.tensors().values());
        List<Path> missing = new ArrayList<>();
        Optional<GgufSplit> split = header.split();
        if (split.isPresent()) {
            List<Path> parts = split.get().paths(header.path());
            for (int i = 0; i < parts.size(); i++) {
                if (i != split.get().index()) {
                    addPart(parts.get(i), tensors, missing);
                }
            }
        }
        ModelFacts alone = new ModelFacts(header, List.copyOf(tensors), List.copyOf(missing), List.of());
        return alone.kind() != Kind.TEXT_MODEL
                ? alone
                : new ModelFacts(header, alone.tensors, alone.missing, neighbours(header.path()));
    }

    private static void addPart(Path part, List<GgufTensor> tensors, List<Path> missing) {
        try (GgufFile file = GgufFile.open(part)) {
            tensors.addAll(file.tensors().values());
        } catch (InvalidFile e) {
            missing.add(part);
        }
    }

    private static List<Neighbour> neighbours(Path model) {
        List<Neighbour> found = new ArrayList<>();
        for (Path path : VisionFlags.projectorsBeside(model)) {
            try (GgufFile file = GgufFile.open(path)) {
                ModelFacts facts = new ModelFacts(file, List.of(), List.of(), List.of());
                found.add(new Neighbour(path, facts.sees(), facts.hears()));
            } catch (InvalidFile e) {
                // something else of that name
            }
        }
        return List.copyOf(found);
    }

    Kind kind() {
        if (text("general.type").filter("adapter"::equals).isPresent()) {
            return Kind.ADAPTER;
        }
        String architecture = architecture();
        if (architecture.equals("clip")) {
            return Kind.PROJECTOR;
        }
        return header.metadata().containsKey(architecture + ".block_count") ? Kind.TEXT_MODEL : Kind.OTHER;
    }

    String architecture() {
        return text("general.architecture").orElse("");
    }

    Optional<String> name() {
        return text("general.name");
    }

    Optional<String> chatTemplate() {
        return text(CHAT_TEMPLATE);
    }

    /// An integer that belongs to the architecture, such as `context_length`.
    OptionalLong dimension(String name) {
        return integer(architecture() + "." + name);
    }

    OptionalLong integer(String key) {
        return header.metadata().get(key) instanceof GgufValue.Int number
                ? OptionalLong.of(number.value())
                : OptionalLong.empty();
    }

    Optional<String> text(String key) {
        return header.metadata().get(key) instanceof GgufText text ? Optional.of(text.asString()) : Optional.empty();
    }

    OptionalLong vocabulary() {
        return header.metadata().get("tokenizer.ggml.tokens") instanceof GgufArray tokens
                ? OptionalLong.of(tokens.size())
                : OptionalLong.empty();
    }

    /// What a projector does with large pictures; empty when the file is too strange to say.
    Optional<Tiling> tiling() {
        try {
            return Optional.of(Tiling.of(header));
        } catch (InvalidFile | IllegalStateException e) {
            return Optional.empty();
        }
    }

    /// What it takes with default options and the first projector beside it; empty when a part is missing or the file
    /// is too strange to say.
    Optional<MemoryEstimate> memory() {
        if (kind() != Kind.TEXT_MODEL || !missing.isEmpty()) {
            return Optional.empty();
        }
        try {
            MemoryEstimate alone = MemoryEstimate.of(header.path(), ModelOptions.defaults(), ContextOptions.defaults());
            return Optional.of(
                    neighbour.isEmpty()
                            ? alone
                            : alone.withProjector(neighbour.getFirst().file(), ProjectorOptions.defaults()));
        } catch (Vlm4jException | IllegalStateException e) {
            return Optional.empty();
        }
    }

    /// A text model sees through a projector beside it.
    boolean sees() {
        return isSet("clip.has_vision_encoder")
                || seesByItself()
                || neighbour.stream().anyMatch(Neighbour::sees);
    }

    /// Whether the encoder is in the file of the text model.
    boolean seesByItself() {
        return VisionFlags.seesByItself(header);
    }

    boolean hears() {
        return isSet("clip.has_audio_encoder") || neighbour.stream().anyMatch(Neighbour::hears);
    }

    private boolean isSet(String key) {
        return header.metadata().get(key) instanceof GgufValue.Bool flag && flag.value();
    }

    long parameters() {
        return tensors.stream()
                .mapToLong(tensor -> tensor.shape().elementCount())
                .sum();
    }

    long tensorBytes() {
        return tensors.stream().mapToLong(GgufTensor::byteSize).sum();
    }

    double bitsPerWeight() {
        return parameters() == 0 ? 0 : tensorBytes() * 8.0 / parameters();
    }

    /// The mix of element types, the one with most parameters first.
    Map<GgmlType, Share> quantization() {
        Map<GgmlType, Share> shares = new LinkedHashMap<>();
        for (GgufTensor tensor : tensors) {
            shares.merge(tensor.type(), new Share(0, 0, 0).plus(tensor), (share, one) -> share.plus(tensor));
        }
        Map<GgmlType, Share> sorted = new LinkedHashMap<>();
        shares.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue().parameters()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }
}
