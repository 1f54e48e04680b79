package io.vlm4j.torture.mutate;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Makes GGUF files that are whole and contradict themselves all the same: a key with an extreme value or of another
/// type, a tensor of another shape, type or name, what should be there missing.
public final class GgufEditor {
    /// Larger files than that are no use: what is to be found is how they are read.
    private static final long MOST_BYTES = 16 << 20;

    private static final List<GgmlType> TYPES = List.of(GgmlType.values());
    private final List<String> names;

    /// @param names values that texts of the file may get instead, such as other architectures
    public GgufEditor(List<String> names) {
        this.names = names;
    }

    /// Writes a copy with one to three contradictions.
    public void edit(Path good, Path edited, RandomGenerator random) {
        try (GgufFile file = GgufFile.open(good)) {
            GgufWriter writer = GgufWriter.copyOf(file);
            int most = random.nextInt(3);
            int edits = 1 + Math.min(most, random.nextInt(3)); // mostly few
            for (int i = 0; i < edits; i++) {
                try {
                    if (random.nextInt(5) < 3) {
                        key(file, writer, random);
                    } else {
                        tensor(file, writer, random);
                    }
                } catch (IllegalArgumentException e) {
                    i--; // the writer knows that this cannot be: another one
                }
            }
            writer.write(edited);
        }
    }

    private void key(GgufFile file, GgufWriter writer, RandomGenerator random) {
        List<Map.Entry<String, GgufValue>> entries = List.copyOf(file.metadata().entrySet());
        Map.Entry<String, GgufValue> entry = entries.get(random.nextInt(entries.size()));
        String key = entry.getKey();
        switch (random.nextInt(12)) {
            case 0 -> writer.remove(key);
            case 1 -> writer.put(key, any(random));
            case 2 ->
                writer.put(key, entries.get(random.nextInt(entries.size())).getValue());
            default -> writer.put(key, changed(entry.getValue(), random));
        }
    }

    private GgufValue changed(GgufValue value, RandomGenerator random) {
        return switch (value) {
            case GgufValue.Int(GgufType type, long number) -> integer(type, number, random);
            case GgufValue.Float32 old -> GgufValue.of(Extremes.number(random));
            case GgufValue.Float64 old -> new GgufValue.Float64(Extremes.number(random));
            case GgufValue.Bool(boolean old) -> GgufValue.of(!old);
            case GgufArray array -> array(array, random);
            default -> text(value, random);
        };
    }

    private static GgufValue integer(GgufType type, long was, RandomGenerator random) {
        long value = switch (random.nextInt(8)) {
            case 0 -> was + 1;
            case 1 -> was - 1;
            case 2 -> was * 2;
            case 3 -> was / 2;
            case 4 -> random.nextInt(64);
            default -> Extremes.integer(random);
        };
        return new GgufValue.Int(type, value);
    }

    private GgufValue text(GgufValue was, RandomGenerator random) {
        return GgufValue.of(
                switch (random.nextInt(6)) {
                    case 0 -> "";
                    case 1 -> "x".repeat(1 << random.nextInt(17));
                    case 2 -> was.asString() + "\0%s%n";
                    default -> names.get(random.nextInt(names.size()));
                });
    }

    private static GgufValue array(GgufArray was, RandomGenerator random) {
        if (was.elementType() == GgufType.STRING && was.size() > 0) {
            List<String> texts = new ArrayList<>(was.asStrings());
            switch (random.nextInt(4)) {
                case 0 -> texts.set(random.nextInt(texts.size()), "");
                case 1 -> texts.set(random.nextInt(texts.size()), texts.get(random.nextInt(texts.size())));
                case 2 ->
                    texts.subList(random.nextInt(texts.size()), texts.size()).clear();
                default -> texts.add("\uFFFD".repeat(random.nextInt(300)));
            }
            return GgufValue.strings(texts);
        }
        if (was.elementType().isInteger() && was.size() > 0) {
            long[] numbers = was.asLongs();
            numbers[random.nextInt(numbers.length)] = Extremes.integer(random);
            int size = random.nextInt(3) == 0 ? random.nextInt(2 * numbers.length) : numbers.length;
            return GgufValue.integers(was.elementType(), Arrays.copyOf(numbers, size));
        }
        if (was.elementType() == GgufType.F32 && was.size() > 0) {
            float[] numbers = was.asFloats();
            numbers[random.nextInt(numbers.length)] = Extremes.number(random);
            int size = random.nextInt(3) == 0 ? random.nextInt(2 * numbers.length) : numbers.length;
            return GgufValue.floats(Arrays.copyOf(numbers, size));
        }
        return GgufValue.array(was.elementType(), List.of());
    }

    private static GgufValue any(RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0 -> GgufValue.of("text");
            case 1 -> GgufValue.of(Extremes.number(random));
            case 2 -> GgufValue.integers(GgufType.I64, Extremes.integer(random), Extremes.integer(random));
            case 3 -> GgufValue.of(random.nextBoolean());
            case 4 -> GgufValue.strings(List.of());
            default -> new GgufValue.Int(GgufType.I64, Extremes.integer(random));
        };
    }

    private static void tensor(GgufFile file, GgufWriter writer, RandomGenerator random) {
        List<GgufTensor> tensors = List.copyOf(file.tensors().values());
        GgufTensor tensor = tensors.get(random.nextInt(tensors.size()));
        GgufTensor other = tensors.get(random.nextInt(tensors.size()));
        switch (random.nextInt(8)) {
            case 0 -> writer.removeTensor(tensor.name());
            case 1 -> put(writer, tensor.name(), tensor.type(), other.shape());
            case 2 -> put(writer, tensor.name(), TYPES.get(random.nextInt(TYPES.size())), tensor.shape());
            case 3 -> put(writer, other.name() + random.nextInt(10), tensor.type(), tensor.shape());
            case 4 -> put(writer, tensor.name(), tensor.type(), turned(tensor.shape()));
            case 5 -> put(writer, tensor.name(), GgmlType.F32, Shape.of(1));
            case 6 ->
                writer.tensor(
                        tensor.name(),
                        GgmlType.F32,
                        tensor.shape(),
                        channel -> hostile(channel, tensor.shape(), random));
            default -> put(writer, tensor.name(), tensor.type(), changed(tensor.shape(), random));
        }
    }

    /// A tensor of zeros.
    private static void put(GgufWriter writer, String name, GgmlType type, Shape shape) {
        long size = type.byteSize(shape);
        if (size > MOST_BYTES) {
            throw new IllegalArgumentException("too large");
        }
        writer.tensor(name, type, shape, channel -> channel.write(ByteBuffer.allocate((int) size)));
    }

    private static Shape turned(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = shape.dim(dims.length - 1 - axis);
        }
        return Shape.of(dims);
    }

    private static Shape changed(Shape shape, RandomGenerator random) {
        int rank = Math.clamp(shape.rank() + random.nextInt(3) - 1, 1, 4);
        long[] dims = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            dims[axis] = axis < shape.rank() ? shape.dim(axis) : 1 + random.nextInt(3);
        }
        int axis = random.nextInt(rank);
        dims[axis] = switch (random.nextInt(4)) {
            case 0 -> dims[axis] * 2;
            case 1 -> Math.max(1, dims[axis] / 2);
            case 2 -> dims[axis] + 1;
            default -> 0;
        };
        return Shape.of(dims);
    }

    /// Numbers that are none, or too large to count with.
    private static void hostile(WritableByteChannel channel, Shape shape, RandomGenerator random) throws IOException {
        float value = Extremes.number(random);
        ByteBuffer row = ByteBuffer.allocate((int) (4 * shape.elementCount())).order(ByteOrder.LITTLE_ENDIAN);
        while (row.hasRemaining()) {
            row.putFloat(value);
        }
        channel.write(row.flip());
    }
}
