package io.vlm4j.training.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.gguf.SafetensorsWriter;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.internal.WeightsImpl;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.training.LoraTarget;
import io.vlm4j.training.TrainingResult;
import io.vlm4j.training.TrainingResult.Ending;
import io.vlm4j.training.TrainingStage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/// Saves what was trained, in files that others read.
///
/// @param out the folder
record Results(Engine engine, Path out) {
    private static final String PREFIX = "base_model.model.model.language_model.layers.";

    TrainingResult write(Ending ending, Checkpoints.State state, OptionalDouble evaluated, TrainingLog log) {
        Recipe recipe = engine.recipe();
        Optional<Path> adapter = Optional.empty();
        Optional<Path> projector = Optional.empty();
        Optional<Path> model = Optional.empty();
        if (recipe.stage() == TrainingStage.LORA) {
            adapter = Optional.of(adapter(out.resolve("adapter.gguf")));
            peft(out.resolve("adapter_model.safetensors"));
        }
        if (recipe.trainsProjector()) {
            WeightsImpl file = Objects.requireNonNull(engine.network().projector());
            projector = Optional.of(replaced(file.file(), out.resolve("mmproj.gguf")));
        }
        if (recipe.stage() == TrainingStage.FULL) {
            model = Optional.of(replaced(engine.network().decoder().file(), out.resolve("model.gguf")));
        }
        LossCurve.write(out.resolve("loss.png"), log.losses(), log.evaluations());
        return new TrainingResult(ending, state.step(), state.loss(), evaluated, adapter, projector, model);
    }

    /// A file that llama.cpp's tools load beside the model.
    Path adapter(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put(
                        "general.architecture",
                        engine.network().decoder().file().architecture().orElseThrow())
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", GgufValue.of(engine.recipe().lora().alpha()));
        try (Arena arena = Arena.ofConfined()) {
            for (Trainable trained : engine.parameters().all()) {
                if (trained.name().contains(".lora_")) {
                    writer.tensor(trained.name(), GgmlType.F32, trained.shape(), numbers(trained, arena));
                }
            }
            writer.write(path);
        }
        return path;
    }

    /// A copy of a file with what was trained in place of what was there, in single precision.
    private Path replaced(GgufFile file, Path path) {
        GgufWriter writer = GgufWriter.copyOf(file);
        try (Arena arena = Arena.ofConfined()) {
            for (Trainable trained : engine.parameters().all()) {
                if (file.tensor(trained.name()).isPresent()) {
                    writer.tensor(trained.name(), GgmlType.F32, trained.shape(), numbers(trained, arena));
                }
            }
            writer.write(path);
        }
        return path;
    }

    /// The model with what its adapters add, in single precision where there is one.
    void merged(Path path) {
        GgufFile file = engine.network().decoder().file();
        List<String> names = engine.recipe().targets(engine.network().architecture());
        GgufWriter writer = GgufWriter.copyOf(file);
        for (String name : names) {
            Shape shape = file.tensor(name).orElseThrow().shape();
            writer.tensor(name, GgmlType.F32, shape, channel -> {
                try (Arena arena = Arena.ofConfined()) { // one matrix at a time
                    MemorySegment merged = arena.allocate(shape.elementCount() * Float.BYTES, Float.BYTES);
                    engine.merge(name, merged);
                    ByteBuffer bytes = merged.asByteBuffer();
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
            });
        }
        writer.write(path);
    }

    /// Where they are, or a copy of them.
    private static MemorySegment numbers(Trainable trained, Arena arena) {
        return trained.weights().memory().orElseGet(() -> {
            MemorySegment numbers = arena.allocate(trained.byteSize(), Float.BYTES);
            trained.weights().read(0, numbers);
            return numbers;
        });
    }

    /// The adapter as Python's `peft` reads it, with the configuration beside it.
    void peft(Path path) {
        Architecture architecture = engine.network().architecture();
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            for (Map.Entry<String, LoraTarget> matrix : matrices(architecture).entrySet()) {
                String name = PREFIX + layer(matrix.getKey()) + "." + part(matrix.getValue());
                Trainable a = find(matrix.getKey() + Lora.A);
                Trainable b = find(matrix.getKey() + Lora.B);
                tensors.put(name + ".lora_A.weight", Tensor.of(DType.F32, a.shape(), numbers(a, arena)));
                tensors.put(
                        name + ".lora_B.weight",
                        Tensor.of(DType.F32, b.shape(), unpermuted(b, matrix.getValue(), architecture, arena)));
            }
            SafetensorsWriter.write(path, tensors, Map.of("format", "pt"));
        }
        PeftConfiguration.write(path.resolveSibling("adapter_config.json"), engine);
    }

    private SequencedMap<String, LoraTarget> matrices(Architecture architecture) {
        SequencedMap<String, LoraTarget> matrices = new LinkedHashMap<>();
        for (String name : engine.recipe().targets(architecture)) {
            for (LoraTarget target : LoraTarget.values()) {
                if (target.tensor(layer(name)).equals(name)) {
                    matrices.put(name, target);
                }
            }
        }
        return matrices;
    }

    private static int layer(String name) {
        return Integer.parseInt(List.of(name.split("\\.", 3)).get(1));
    }

    private static String part(LoraTarget target) {
        return switch (target) {
            case Q_PROJ, K_PROJ, V_PROJ, O_PROJ -> "self_attn." + target.label();
            case GATE_PROJ, UP_PROJ, DOWN_PROJ -> "mlp." + target.label();
        };
    }

    private Trainable find(String name) {
        return engine.parameters().find(name).orElseThrow();
    }

    /// Rows of queries and keys lie in another order in GGUF files: the two halves of a head alternate.
    private static MemorySegment unpermuted(Trainable b, LoraTarget target, Architecture architecture, Arena arena) {
        MemorySegment theirs = numbers(b, arena);
        int heads = switch (target) {
            case Q_PROJ -> architecture.heads();
            case K_PROJ -> architecture.keyValueHeads();
            case V_PROJ, O_PROJ, GATE_PROJ, UP_PROJ, DOWN_PROJ -> 0;
        };
        if (heads == 0) {
            return theirs;
        }
        Shape shape = b.shape();
        long width = shape.dim(1) * ValueLayout.JAVA_FLOAT.byteSize();
        long half = shape.dim(0) / heads / 2;
        MemorySegment rows = arena.allocate(theirs.byteSize(), Float.BYTES);
        for (long row = 0; row < shape.dim(0); row++) {
            long head = row / (2 * half);
            long inHead = row % (2 * half);
            long target0 = head * 2 * half + inHead % 2 * half + inHead / 2;
            MemorySegment.copy(theirs, row * width, rows, target0 * width, width);
        }
        return rows;
    }
}
