package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// What one GGUF file will hold: metadata, and tensors with the rows they are made of. Confined to one thread.
public final class FilePlan {
    private final TypeChoice types;
    private final Weights weights;
    private final SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
    private final List<Planned> tensors = new ArrayList<>();

    FilePlan(TypeChoice types, Weights weights) {
        this.types = types;
        this.weights = weights;
    }

    private record Planned(GgufTensor tensor, Rows rows) {}

    FilePlan put(String key, GgufValue value) {
        metadata.put(key, value);
        return this;
    }

    FilePlan put(String key, String value) {
        return put(key, GgufValue.of(value));
    }

    FilePlan put(String key, long value) {
        return put(key, GgufValue.u32(value));
    }

    /// A tensor of the checkpoint as it is.
    FilePlan add(String name, String source, long... shape) {
        Tensor tensor = weights.take(source, shape);
        return add(name, tensor.shape(), Rows.of(tensor));
    }

    /// `.weight` and `.bias` of a norm or another pair of vectors.
    FilePlan addPair(String name, String source, long length) {
        return add(name + ".weight", source + ".weight", length).add(name + ".bias", source + ".bias", length);
    }

    /// A matrix and its bias.
    FilePlan addLinear(String name, String source, long outputs, long inputs) {
        return add(name + ".weight", source + ".weight", outputs, inputs)
                .add(name + ".bias", source + ".bias", outputs);
    }

    FilePlan add(String name, Shape shape, Rows rows) {
        tensors.add(new Planned(new GgufTensor(name, types.of(name, shape), shape, 0), rows));
        return this;
    }

    Weights weights() {
        return weights;
    }

    /// The numbers in all tensors.
    public long parameters() {
        return tensors.stream()
                .mapToLong(planned -> planned.tensor().shape().elementCount())
                .sum();
    }

    /// The bytes of all tensors.
    public long byteSize() {
        return tensors.stream()
                .mapToLong(planned -> planned.tensor().byteSize())
                .sum();
    }

    /// Writes the file, or the rest of it.
    ///
    /// @param origin see [GgufWriter#writeResumable]
    /// @param before bytes of tensors in the files before this
    public void write(Path path, String origin, Progress progress, long before) {
        GgufWriter writer = GgufWriter.create();
        metadata.forEach(writer::put);
        progress.begin(path, before);
        long start = 0;
        for (Planned planned : tensors) {
            GgufTensor tensor = planned.tensor();
            long begin = start;
            writer.tensor(
                    tensor.name(),
                    tensor.type(),
                    tensor.shape(),
                    new TensorStream(
                            tensor.name(),
                            planned.rows(),
                            tensor.type(),
                            done -> progress.at(tensor.name(), begin + done)));
            start += tensor.byteSize();
        }
        writer.writeResumable(path, origin);
    }

    /// Name and types that all files have.
    FilePlan general(String architecture, String kind, String name) {
        return put("general.architecture", architecture)
                .put("general.type", kind)
                .put("general.name", name);
    }

    /// What is known once all tensors are.
    FilePlan finish() {
        put("general.size_label", sizeLabel(parameters()));
        put("general.file_type", types.type().fileType());
        return put("general.quantization_version", 2);
    }

    /// `6.7B`, `181K`: two digits at least.
    static String sizeLabel(long parameters) {
        double scaled = parameters;
        String unit = "";
        for (String next : List.of("K", "M", "B", "T")) {
            if (scaled >= 1000 || next.equals("K")) {
                scaled /= 1000;
                unit = next;
            }
        }
        return scaled >= 9.5 ? Math.round(scaled) + unit : String.format(Locale.ROOT, "%.1f%s", scaled, unit);
    }
}
