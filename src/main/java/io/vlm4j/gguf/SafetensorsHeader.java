package io.vlm4j.gguf;

import io.vlm4j.tensor.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Reads the JSON object at the beginning of a safetensors file, and nothing but the few forms that the format
/// allows in it. It never recurses, so no input can exhaust the stack.
final class SafetensorsHeader {
    private static final String METADATA = "__metadata__";

    /// Far beyond every real file, and little enough for any heap.
    private static final int MOST_TENSORS = 1 << 17;

    private static final int MOST_DIMENSIONS = 16;

    private final JsonScanner json;
    private final SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
    private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

    private SafetensorsHeader(byte[] json, String file) {
        this.json = new JsonScanner(json, file);
    }

    /// What the header says of one tensor.
    ///
    /// @param begin where its data begin, in bytes from the start of the data section
    /// @param end where they end
    record Entry(String dtype, Shape shape, long begin, long end) {}

    /// What the header says.
    record Contents(SequencedMap<String, Entry> tensors, SequencedMap<String, String> metadata) {}

    /// @param json the header without the length before it
    static Contents parse(byte[] json, String file) {
        SafetensorsHeader header = new SafetensorsHeader(json, file);
        header.object();
        return new Contents(
                Collections.unmodifiableSequencedMap(header.tensors),
                Collections.unmodifiableSequencedMap(header.metadata));
    }

    private void object() {
        boolean metadataSeen = false;
        json.expect('{');
        while (json.more('}', tensors.isEmpty() && !metadataSeen)) {
            String name = json.string();
            json.expect(':');
            if (name.equals(METADATA) && !metadataSeen) {
                metadataSeen = true;
                texts();
            } else {
                tensor(name);
            }
        }
        json.expectEnd();
    }

    private void texts() {
        json.expect('{');
        while (json.more('}', metadata.isEmpty())) {
            String key = json.string();
            json.expect(':');
            if (metadata.put(key, json.string()) != null) {
                throw json.failure("metadata key '" + key + "' occurs a second time");
            }
        }
    }

    private void tensor(String name) {
        String dtype = null;
        Shape shape = null;
        long[] offsets = null;
        json.expect('{');
        for (int fields = 0; json.more('}', fields == 0); fields++) {
            String field = json.string();
            json.expect(':');
            switch (field) {
                case "dtype" -> dtype = once(dtype, json.string(), name, field);
                case "shape" -> shape = once(shape, shape(name), name, field);
                case "data_offsets" -> offsets = once(offsets, json.integers(2), name, field);
                default -> throw json.failure("tensor '" + name + "' has the unknown field '" + field + "'");
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw json.failure("tensor '" + name + "' lacks dtype, shape or two data_offsets");
        }
        if (tensors.size() == MOST_TENSORS) {
            throw json.failure("more than " + MOST_TENSORS + " tensors");
        }
        if (tensors.put(name, new Entry(dtype, shape, offsets[0], offsets[1])) != null) {
            throw json.failure("tensor '" + name + "' occurs a second time");
        }
    }

    private <T> T once(@Nullable T before, T now, String name, String field) {
        if (before != null) {
            throw json.failure("tensor '" + name + "' has the field '" + field + "' a second time");
        }
        return now;
    }

    private Shape shape(String name) {
        try {
            return Shape.of(json.integers(MOST_DIMENSIONS));
        } catch (IllegalArgumentException e) {
            throw json.failure("tensor '" + name + "' is impossible: " + e.getMessage());
        }
    }
}
