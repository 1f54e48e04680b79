package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.gguf.SafetensorsWriter;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// Files from which training goes on: weights, what the optimizer remembers, and where it stood. All that is random
/// follows from the seed and where it stood. Each is one file, which is whole or not there, under a checksum.
///
/// @param folder   where they are
/// @param settings of the training, which must be the same to go on
record Checkpoints(Path folder, String settings) {
    private static final String NAME = "checkpoint-";
    private static final String END = ".safetensors";
    private static final String BEST = "best" + END;
    private static final long PIECE = 1 << 20;

    /// Where training stood.
    ///
    /// @param best    the lowest loss of the evaluation split; infinite before the first
    /// @param without evaluations since then
    record State(long step, ExampleReader.Place place, double best, int without, double loss) {
        static final State START = new State(0, new ExampleReader.Place(0, 0), Double.POSITIVE_INFINITY, 0, Double.NaN);
    }

    /// Those that there are, the newest first.
    List<Path> all() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> {
                        String name = file.getFileName().toString();
                        return name.startsWith(NAME) && name.endsWith(END);
                    })
                    .sorted((a, b) -> b.getFileName().compareTo(a.getFileName()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    Path best() {
        return folder.resolve(BEST);
    }

    /// Writes one, and deletes all but the newest.
    ///
    /// @throws UncheckedIOException when it cannot be written; those before are still there
    Path write(Parameters parameters, State state, int kept) {
        Path file = folder.resolve(NAME + String.format(Locale.ROOT, "%09d", state.step()) + END);
        write(file, parameters, state);
        for (Path old : all().stream().skip(kept).toList()) {
            try {
                Files.deleteIfExists(old);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete " + old, e);
            }
        }
        return file;
    }

    void write(Path file, Parameters parameters, State state) {
        try (Arena arena = Arena.ofConfined()) {
            SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
            for (Trainable trained : parameters.all()) {
                parts(trained).forEach((name, part) -> tensors.put(name, part.numbers(arena)));
            }
            Map<String, String> texts = new LinkedHashMap<>();
            texts.put("settings", settings);
            texts.put("step", Long.toString(state.step()));
            texts.put("epoch", Integer.toString(state.place().epoch()));
            texts.put("position", Long.toString(state.place().position()));
            texts.put("best", Double.toString(state.best()));
            texts.put("without", Integer.toString(state.without()));
            texts.put("loss", Double.toString(state.loss()));
            texts.put("sha256", checksum(texts, tensors));
            SafetensorsWriter.write(file, tensors, texts);
        }
    }

    /// A tensor and what the optimizer remembers of it, by the names that they have in files.
    private static SequencedMap<String, Part> parts(Trainable trained) {
        SequencedMap<String, Part> parts = new LinkedHashMap<>();
        parts.put(trained.name(), new Part(trained.weights(), DType.F32, trained.shape()));
        put(parts, "m", trained.first(), trained);
        put(parts, "v", trained.second(), trained);
        return parts;
    }

    private static void put(SequencedMap<String, Part> parts, String prefix, Moment moment, Trainable trained) {
        parts.put(
                prefix + "/" + trained.name(),
                new Part(moment.numbers(), moment.isCoded() ? DType.U8 : DType.F32, trained.shape()));
        moment.scales()
                .ifPresent(scales -> parts.put(
                        prefix + "-scale/" + trained.name(),
                        new Part(scales, DType.F32, Shape.of(scales.dimension(1)))));
    }

    private record Part(GraphTensor tensor, DType type, Shape shape) {
        /// Where they are, or a copy of them.
        Tensor numbers(Arena arena) {
            MemorySegment memory = tensor.memory().orElseGet(() -> {
                MemorySegment copy = arena.allocate(tensor.byteSize(), Float.BYTES);
                tensor.read(0, copy);
                return copy;
            });
            return Tensor.of(type, shape, memory);
        }

        void write(Tensor numbers) {
            tensor.write(numbers.segment(), numbers.byteSize());
            release(numbers.segment());
        }
    }

    private static String checksum(Map<String, String> texts, Map<String, Tensor> tensors) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            texts.forEach((key, value) -> digest.update((key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8)));
            tensors.forEach((name, tensor) -> {
                digest.update(name.getBytes(StandardCharsets.UTF_8));
                MemorySegment bytes = tensor.segment();
                for (long at = 0; at < bytes.byteSize(); at += PIECE) {
                    digest.update(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at))
                            .asByteBuffer());
                }
                release(bytes);
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /// Takes one over.
    ///
    /// @throws InvalidFile when it is damaged, or of other tensors
    /// @throws IllegalArgumentException when it is of a training with other settings
    State read(Path path, Parameters parameters) {
        try (Safetensors file = Safetensors.open(path)) {
            Map<String, String> texts = new LinkedHashMap<>(file.metadata());
            String sum = texts.remove("sha256");
            SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
            file.names().forEach(name -> tensors.put(name, file.tensor(name)));
            if (sum == null || !sum.equals(checksum(texts, tensors))) {
                throw new InvalidFile(path + " is damaged: its checksum is wrong");
            }
            if (!settings.equals(texts.get("settings"))) {
                throw new IllegalArgumentException(path + " is of a training with other settings:\n"
                        + texts.get("settings") + "\nand not\n" + settings);
            }
            for (Trainable trained : parameters.all()) {
                parts(trained).forEach((name, part) -> part.write(found(name, part, tensors, path)));
            }
            return new State(
                    Long.parseLong(texts.get("step")),
                    new ExampleReader.Place(
                            Integer.parseInt(texts.get("epoch")), Long.parseLong(texts.get("position"))),
                    Double.parseDouble(texts.get("best")),
                    Integer.parseInt(texts.get("without")),
                    Double.parseDouble(texts.get("loss")));
        }
    }

    private static Tensor found(String name, Part part, Map<String, Tensor> tensors, Path path) {
        Tensor tensor = tensors.get(name);
        if (tensor == null || !tensor.shape().equals(part.shape()) || tensor.dtype() != part.type()) {
            throw new InvalidFile(path + " has no tensor '" + name + "' of shape " + part.shape());
        }
        return tensor;
    }

    /// Lets go of the physical memory of a part of a mapped file.
    private static void release(MemorySegment part) {
        if (part.isMapped()) {
            part.unload();
        }
    }
}
