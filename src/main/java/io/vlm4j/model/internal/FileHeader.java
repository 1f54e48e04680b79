package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads the numbers under one prefix of a file's keys and compares them with each other and with tensors. Whatever
/// does not fit is an [InvalidFile] that says where, what was found, and what was expected.
///
/// @param prefix  of the keys, such as `llama.` or `clip.vision.`
/// @param tensors all of the model, which may have more parts than this file
record FileHeader(GgufFile file, String prefix, Map<String, GgufTensor> tensors) {
    FileHeader(GgufFile file, String prefix) {
        this(file, prefix, file.tensors());
    }

    boolean has(String key) {
        return file.value(prefix + key).isPresent();
    }

    boolean hasTensor(String name) {
        return tensors.containsKey(name);
    }

    /// The integer under this key.
    ///
    /// @throws InvalidFile when it is not within these bounds
    OptionalLong count(String key, long least, long most) {
        OptionalLong value = file.integer(prefix + key);
        if (value.isPresent()) {
            within(key, value.getAsLong(), least, most);
        }
        return value;
    }

    /// As [#count], for a key that must be there.
    long required(String key, long least, long most) {
        return count(key, least, most)
                .orElseThrow(() -> new InvalidFile(file.path() + ": the key " + prefix + key + " is missing"));
    }

    private void within(String key, long value, long least, long most) {
        if (value < least || value > most) {
            throw new InvalidFile(
                    file.path() + ": " + prefix + key + " is " + value + ", not from " + least + " to " + most);
        }
    }

    /// One integer for each of so many layers: what an array under this key says, or the same for all; `otherwise` when
    /// there is no such key.
    long[] perLayer(String key, int layers, long otherwise, long least, long most) {
        long[] values = new long[layers];
        if (file.value(prefix + key).orElse(null) instanceof GgufArray) {
            long[] listed = integers(key);
            if (listed.length != layers) {
                throw new InvalidFile(file.path() + ": " + prefix + key + " lists " + listed.length + " values for "
                        + layers + " layers");
            }
            for (long value : listed) {
                within(key, value, least, most);
            }
            return listed;
        }
        Arrays.fill(values, count(key, least, most).orElse(otherwise));
        return values;
    }

    /// The integers of an array; none when there is no such key.
    long[] integers(String key) {
        Optional<GgufValue> value = file.value(prefix + key);
        if (value.isEmpty()) {
            return new long[0];
        }
        if (value.get() instanceof GgufArray array && array.elementType().isInteger()) {
            return array.asLongs();
        }
        throw new InvalidFile(file.path() + ": " + prefix + key + " is " + value.get() + " ("
                + value.get().type() + "), not an array of integers");
    }

    /// Checks that the number under this key, if there is one, is finite and within these bounds.
    void number(String key, double least, double most) {
        Optional<GgufValue> value = file.value(prefix + key);
        if (value.isPresent() && value.get() instanceof GgufValue.Float32(float number)) {
            if (!(number >= least && number <= most)) {
                throw new InvalidFile(
                        file.path() + ": " + prefix + key + " is " + number + ", not from " + least + " to " + most);
            }
        } else if (value.isPresent()) {
            throw new InvalidFile(file.path() + ": " + prefix + key + " is " + value.get() + " ("
                    + value.get().type() + "), not an F32");
        }
    }

    /// Checks that there is this tensor, of this size, innermost dimension first.
    void tensor(String name, long ne0, long ne1, long ne2, long ne3) {
        if (!dimensions(name).equals(new Dimensions(ne0, ne1, ne2, ne3))) {
            throw new InvalidFile(
                    file.path() + ": tensor '" + name + "' is " + tensor(name).shape() + ", the sizes in the "
                            + "header ask for " + ne3 + "x" + ne2 + "x" + ne1 + "x" + ne0);
        }
    }

    void matrix(String name, long inputs, long outputs) {
        tensor(name, inputs, outputs, 1, 1);
    }

    void vector(String name, long length) {
        tensor(name, length, 1, 1, 1);
    }

    void optionalMatrix(String name, long inputs, long outputs) {
        if (hasTensor(name)) {
            matrix(name, inputs, outputs);
        }
    }

    void optionalVector(String name, long length) {
        if (hasTensor(name)) {
            vector(name, length);
        }
    }

    Dimensions dimensions(String name) {
        return Dimensions.of(tensor(name));
    }

    /// The tensor of this name.
    ///
    /// @throws InvalidFile when it is missing
    GgufTensor tensor(String name) {
        GgufTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidFile(file.path() + ": tensor '" + name + "' is missing");
        }
        return tensor;
    }

    InvalidFile wrong(String key, long value, String against) {
        return new InvalidFile(
                file.path() + ": " + prefix + key + " is " + value + ", which does not go with " + against);
    }

    /// Checks that matrices are of types that ggml can multiply with: of others it calls a function that is not there.
    void checkTypes() {
        for (GgufTensor tensor : tensors.values()) {
            boolean multiplies = switch (tensor.type()) {
                case I8, I16, I32, I64, F64, Q8_1, Q8_K -> false;
                default -> true;
            };
            boolean isTable = tensor.type() == GgmlType.I32 && tensor.name().contains("tid2eid"); // ids of experts
            if (!multiplies && !isTable) {
                throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' is " + tensor.type()
                        + ", with which llama.cpp cannot multiply");
            }
        }
    }

    /// Checks that what is added to rows, or multiplied with them number by number, is F32: with other types ggml's CPU
    /// backend does not.
    void checkVectors() {
        for (GgufTensor tensor : tensors.values()) {
            boolean isVector = tensor.shape().rank() <= 1
                    && (tensor.name().endsWith(".weight") || tensor.name().endsWith(".bias"));
            if (isVector && tensor.type() != GgmlType.F32) {
                throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' is " + tensor.type()
                        + ", and llama.cpp computes with vectors of F32 only");
            }
        }
    }
}
