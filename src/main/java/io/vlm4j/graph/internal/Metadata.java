package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import java.util.function.Function;

/// The keys of one GGUF file that begin with a prefix, read with an answer to what is missing.
record Metadata(GgufFile file, String prefix) {
    private static final int MOST = 1 << 30;

    /// The keys that begin with the architecture.
    static Metadata of(GgufFile file) {
        return new Metadata(file, file.architecture().orElseThrow(() -> missing(file, "general.architecture")) + ".");
    }

    /// The same with a longer prefix.
    Metadata below(String more) {
        return new Metadata(file, prefix + more + ".");
    }

    boolean has(String key) {
        return file.value(prefix + key).isPresent();
    }

    /// A whole number from 0 to 2^30.
    int integer(String key) {
        long value = file.integer(prefix + key).orElseThrow(() -> missing(file, prefix + key));
        if (value < 0 || value > MOST) {
            throw new InvalidFile(file.path() + ": " + prefix + key + " is " + value);
        }
        return (int) value;
    }

    float real(String key) {
        return (float) (double) value(key, GgufValue::asDouble);
    }

    boolean flag(String key) {
        return value(key, GgufValue::asBool);
    }

    String text(String key) {
        return value(key, GgufValue::asString);
    }

    /// Three numbers.
    float[] triple(String key) {
        float[] values = value(key, GgufValue::asFloats);
        if (values.length != 3) {
            throw new InvalidFile(file.path() + ": " + prefix + key + " has " + values.length + " numbers, not 3");
        }
        return values;
    }

    private <T> T value(String key, Function<GgufValue, T> conversion) {
        GgufValue value = file.value(prefix + key).orElseThrow(() -> missing(file, prefix + key));
        try {
            return conversion.apply(value);
        } catch (IllegalStateException otherType) {
            throw new InvalidFile(file.path() + ": " + prefix + key + " is " + value.type(), otherType);
        }
    }

    private static InvalidFile missing(GgufFile file, String key) {
        return new InvalidFile(file.path() + " has no " + key);
    }
}
