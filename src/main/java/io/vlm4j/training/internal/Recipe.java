package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.graph.Architecture;
import io.vlm4j.tensor.Shape;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.LoraTarget;
import io.vlm4j.training.TrainingStage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// Which tensors a stage trains, and what they begin with.
///
/// @param lora           how adapters are made; they are only for [TrainingStage#LORA]
/// @param freshProjector whether the projector begins with random numbers
record Recipe(TrainingStage stage, LoraOptions lora, boolean decaysAll, boolean freshProjector) {
    private static final List<String> PROJECTOR = List.of("mm.0.weight", "mm.0.bias", "mm.2.weight", "mm.2.bias");

    boolean trainsProjector() {
        return stage != TrainingStage.LORA || lora.projector();
    }

    /// In an order that depends on nothing else.
    ///
    /// @throws InvalidFile when a file lacks a tensor, or has a projector of another kind
    List<Parameters.Definition> definitions(Architecture architecture, GgufFile decoder, Optional<GgufFile> projector) {
        List<Parameters.Definition> definitions = new ArrayList<>();
        if (trainsProjector() && projector.isPresent()) {
            PROJECTOR.forEach(name -> definitions.add(of(projector.get(), name)));
        } else if (trainsProjector() && stage != TrainingStage.FULL) {
            throw new IllegalArgumentException(
                    decoder.path() + " was given without a projector, which cannot be trained then");
        }
        if (stage == TrainingStage.FULL) {
            decoder.tensors().keySet().stream()
                    .filter(name -> !name.startsWith("rope_freqs"))
                    .forEach(name -> definitions.add(of(decoder, name)));
        }
        if (stage == TrainingStage.LORA) {
            for (String name : targets(architecture)) {
                Shape base = required(decoder, name).shape();
                definitions.add(new Parameters.Definition(name + Lora.A, Shape.of(lora.rank(), base.dim(1)), true));
                definitions.add(new Parameters.Definition(name + Lora.B, Shape.of(base.dim(0), lora.rank()), true));
            }
        }
        return definitions;
    }

    /// The matrices that adapters are beside.
    List<String> targets(Architecture architecture) {
        List<String> names = new ArrayList<>();
        for (int layer = 0; layer < architecture.layers(); layer++) {
            for (LoraTarget target : LoraTarget.values()) {
                if (stage == TrainingStage.LORA && lora.targets().contains(target)) {
                    names.add(target.tensor(layer));
                }
            }
        }
        return names;
    }

    private Parameters.Definition of(GgufFile file, String name) {
        boolean decays = decaysAll || !(name.endsWith(".bias") || name.contains("_norm."));
        return new Parameters.Definition(name, required(file, name).shape(), decays);
    }

    private static GgufTensor required(GgufFile file, String name) {
        return file.tensor(name).orElseThrow(() -> new InvalidFile(file.path() + " has no tensor '" + name + "'"));
    }

    /// @throws InvalidFile when it is none of two matrices with a GELU between them, as LLaVA has it
    static void requireKnown(GgufFile projector) {
        String type = projector
                .string("clip.projector_type")
                .or(() -> projector.string("clip.vision.projector_type"))
                .orElse("none");
        if (!type.equals("mlp")) {
            throw new InvalidFile(projector.path() + " has a projector of type '" + type
                    + "'; only 'mlp', LLaVA's, can be trained or trained with");
        }
        if (projector.value("clip.vision.image_grid_pinpoints").isPresent()) {
            throw new InvalidFile(projector.path()
                    + " cuts pictures into tiles (LLaVA-NeXT); only models that see them whole can be trained");
        }
        PROJECTOR.forEach(name -> required(projector, name));
    }

    /// Whether a tensor begins with [#initial] numbers, and not with those of its file.
    boolean beginsAtRandom(Trainable trained) {
        return trained.name().endsWith(Lora.A) || (freshProjector && PROJECTOR.contains(trained.name()));
    }

    /// Small numbers at random, as PEFT begins the first matrix of an adapter and PyTorch any matrix; the second matrix
    /// of an adapter begins with zeros, so that nothing is added at first. So do biases.
    static float[] initial(Trainable first, SplittableRandom random) {
        float[] numbers = new float[Math.toIntExact(first.shape().elementCount())];
        if (first.shape().rank() == 1) {
            return numbers;
        }
        double bound = 1 / Math.sqrt((double) first.shape().dim(1));
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return numbers;
    }
}
