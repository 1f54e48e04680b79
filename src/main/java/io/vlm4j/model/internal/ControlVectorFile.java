package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.model.ControlVector;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A control vector as it lies in a GGUF file. Source: `common_control_vector_load_one` of llama.cpp's common.cpp.
public final class ControlVectorFile {
    private static final String ARCHITECTURE = "controlvector";
    private static final Pattern DIRECTION = Pattern.compile("direction\\.([1-9][0-9]{0,3})");

    private ControlVectorFile() {}

    /// The directions by their layers.
    ///
    /// @throws InvalidFile when the file is missing, damaged, or no control vector
    public static SortedMap<Integer, float[]> read(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            String architecture = file.architecture().orElse("");
            if (!architecture.equals(ARCHITECTURE)) {
                throw new InvalidFile(path + " is no control vector: its general.architecture is '" + architecture
                        + "', not '" + ARCHITECTURE + "'");
            }
            SortedMap<Integer, float[]> directions = new TreeMap<>();
            for (GgufTensor tensor : file.tensors().values()) {
                directions.put(layer(path, tensor), numbers(file, tensor));
            }
            if (directions.isEmpty()) {
                throw new InvalidFile(path + ": a control vector without directions");
            }
            return directions;
        }
    }

    private static int layer(Path path, GgufTensor tensor) {
        Matcher name = DIRECTION.matcher(tensor.name());
        int layer = name.matches() ? Integer.parseInt(name.group(1)) : 0;
        if (layer < 1 || layer > ControlVector.MOST_LAYERS) {
            throw new InvalidFile(path + ": tensor '" + tensor.name() + "' is not 'direction.N' with N from 1 to "
                    + ControlVector.MOST_LAYERS);
        }
        return layer;
    }

    private static float[] numbers(GgufFile file, GgufTensor tensor) {
        Dimensions size = Dimensions.of(tensor);
        if (tensor.type() != GgmlType.F32 || size.ne1() != 1 || size.ne2() != 1 || size.ne3() != 1 || size.ne0() < 1) {
            throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' is " + tensor.type() + " "
                    + tensor.shape() + ", not one row of F32");
        }
        long width = Dimensions.of(file.tensors().firstEntry().getValue()).ne0();
        if (size.ne0() != width) {
            throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' has " + size.ne0()
                    + " numbers, the first direction " + width);
        }
        float[] numbers = file.toTensor(tensor.name()).toFloatArray();
        for (float number : numbers) {
            if (!Float.isFinite(number)) {
                throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' has the number " + number);
            }
        }
        return numbers;
    }
}
