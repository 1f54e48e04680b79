package io.vlm4j.cli;

import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.inference.MemoryEstimate;
import io.vlm4j.model.Tiling;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `info` for people.
///
/// @param tensors whether the tensors are listed
/// @param full    whether long texts and lists are written out
record InfoText(ModelFacts facts, boolean tensors, boolean full) {
    private static final int MOST_LINES = 12;
    private static final int MOST_CHARACTERS = 100;

    void print(Output out) {
        out.line(facts.header().path() + ": " + Json.name(facts.kind()).replace('_', ' '));
        facts.name().ifPresent(name -> fact(out, "name", name));
        fact(out, "architecture", facts.architecture());
        fact(
                out,
                "parameters",
                String.format(
                        Locale.ROOT,
                        "%,d in %,d tensors, %.1f MiB, %.2f bits per weight",
                        facts.parameters(),
                        facts.tensors().size(),
                        facts.tensorBytes() / 0x1p20,
                        facts.bitsPerWeight()));
        fact(out, "quantization", quantization());
        switch (facts.kind()) {
            case TEXT_MODEL -> printTextModel(out);
            case PROJECTOR -> printProjector(out);
            case ADAPTER, OTHER -> {}
        }
        facts.missing().forEach(part -> fact(out, "missing", part.toString()));
        printMetadata(out);
        if (tensors) {
            printTensors(out);
        }
    }

    private void printTextModel(Output out) {
        fact(out, "context length", facts.dimension("context_length"), " tokens");
        fact(out, "layers", facts.dimension("block_count"), "");
        fact(out, "width", facts.dimension("embedding_length"), "");
        fact(out, "heads", facts.dimension("attention.head_count"), "");
        fact(out, "vocabulary", facts.vocabulary(), " tokens");
        if (facts.seesByItself()) {
            fact(out, "sees", "with the encoder in this file");
            fact(out, "computed", "by a graph of vlm4j's own, one generation at a time");
        } else {
            fact(out, "sees", ability(facts.sees(), ModelFacts.Neighbour::sees));
            fact(out, "hears", ability(facts.hears(), ModelFacts.Neighbour::hears));
        }
        facts.memory().ifPresent(memory -> fact(out, "memory", memory(memory)));
        facts.chatTemplate()
                .ifPresentOrElse(
                        template -> {
                            fact(out, "chat template", template.length() + " characters");
                            excerpt(template).forEach(line -> out.line("    | " + line));
                        },
                        () -> fact(
                                out,
                                "chat template",
                                facts.seesByItself() ? "none; the authors' prompts are used" : "none; ChatML is used"));
    }

    private static String memory(MemoryEstimate estimate) {
        return String.format(
                Locale.ROOT,
                "%.1f MiB: %.1f for copied weights, %.1f for the KV cache, %.1f to compute%s; and %.1f mapped",
                estimate.mainMemory() / 0x1p20,
                (estimate.weights() + estimate.projector()) / 0x1p20,
                estimate.cache() / 0x1p20,
                (estimate.compute() + estimate.logits()) / 0x1p20,
                estimate.encoding() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %.1f for a picture", estimate.encoding() / 0x1p20),
                estimate.mapped() / 0x1p20);
    }

    private void printProjector(Output out) {
        fact(out, "sees", facts.sees() ? "yes" : "no");
        fact(out, "hears", facts.hears() ? "yes" : "no");
        fact(
                out,
                "projector",
                facts.text("clip.projector_type")
                        .or(() -> facts.text("clip.vision.projector_type"))
                        .or(() -> facts.text("clip.audio.projector_type"))
                        .orElse("of unknown kind"));
        fact(out, "image size", facts.integer("clip.vision.image_size"), " pixels");
        fact(out, "patch size", facts.integer("clip.vision.patch_size"), " pixels");
        facts.tiling().ifPresent(tiling -> printTiling(out, tiling));
        fact(out, "layers", facts.integer("clip.vision.block_count"), "");
        fact(out, "width", facts.integer("clip.vision.embedding_length"), "");
    }

    private void printTiling(Output out, Tiling tiling) {
        switch (tiling.kind()) {
            case MERGED -> fact(out, "tiles", "merged row by row, as LLaVA-NeXT was trained");
            case SEPARATE -> fact(out, "tiles", "as llama.cpp makes them");
            case NONE -> {}
        }
        if (!tiling.note().isEmpty()) {
            fact(out, "lacks", tiling.note());
        }
    }

    private String quantization() {
        return facts.quantization().entrySet().stream()
                .map(entry -> String.format(
                        Locale.ROOT,
                        "%s %.1f %%",
                        entry.getKey().label(),
                        100.0 * entry.getValue().parameters() / Math.max(1, facts.parameters())))
                .collect(Collectors.joining(", "));
    }

    private String ability(boolean has, Predicate<ModelFacts.Neighbour> through) {
        if (!has) {
            return "no projector for it beside the model";
        }
        return "through "
                + facts.neighbour().stream()
                        .filter(through)
                        .map(neighbour -> String.valueOf(neighbour.file().getFileName()))
                        .collect(Collectors.joining(" or "));
    }

    private List<String> excerpt(String text) {
        List<String> lines = text.lines().toList();
        if (full || lines.size() <= MOST_LINES) {
            return lines.stream().map(this::shortened).toList();
        }
        return Stream.concat(
                        lines.stream().limit(MOST_LINES).map(this::shortened),
                        Stream.of("... " + (lines.size() - MOST_LINES) + " more lines (--full)"))
                .toList();
    }

    private void printMetadata(Output out) {
        out.line("metadata:");
        facts.header().metadata().forEach((key, value) -> {
            if (!key.equals(ModelFacts.CHAT_TEMPLATE)) { // shown already
                out.line("  " + key + " = " + shown(value));
            }
        });
    }

    private String shown(GgufValue value) {
        if (full && value instanceof GgufArray array) {
            return array.asList().stream().map(GgufValue::toString).collect(Collectors.joining(", ", "[", "]"));
        }
        return shortened(value.toString().replace("\n", "\\n"));
    }

    private String shortened(String text) {
        return full || text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "...";
    }

    private void printTensors(Output out) {
        out.line("tensors:");
        int width = facts.tensors().stream()
                .mapToInt(tensor -> tensor.name().length())
                .max()
                .orElse(1);
        for (GgufTensor tensor : facts.tensors()) {
            out.line(("  %-" + width + "s  %-8s %s")
                    .formatted(tensor.name(), tensor.type().label(), tensor.shape()));
        }
    }

    private static void fact(Output out, String name, OptionalLong value, String unit) {
        if (value.isPresent()) {
            fact(out, name, String.format(Locale.ROOT, "%,d%s", value.getAsLong(), unit));
        }
    }

    private static void fact(Output out, String name, String value) {
        out.line("  %-15s %s".formatted(name, value));
    }
}
