package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;

/// Puts metadata under keys that begin with the architecture's name.
///
/// @param file         takes them
/// @param architecture without a dot
record Key(FilePlan file, String architecture) {
    Key put(String key, GgufValue value) {
        file.put(architecture + "." + key, value);
        return this;
    }

    Key put(String key, int value) {
        return put(key, GgufValue.u32(value));
    }
}
