package io.vlm4j.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// An array value of GGUF metadata, kept in its encoded form: the vocabulary of a model costs no heap until
/// somebody asks for it.
///
/// An array read from a file looks into the mapped file and throws [IllegalStateException] once that is closed;
/// what the `asX` methods returned stays valid.
public final class GgufArray implements GgufValue {
    private static final int PREVIEW = 6;

    private final GgufType elementType;
    private final int size;
    private final MemorySegment encoded;

    /// @param encoded the elements as in a file, already checked
    GgufArray(GgufType elementType, int size, MemorySegment encoded) {
        this.elementType = elementType;
        this.size = size;
        this.encoded = encoded.asReadOnly();
    }

    static GgufArray of(GgufType elementType, List<? extends GgufValue> elements) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LittleEndianSink sink = new LittleEndianSink(Channels.newChannel(bytes));
        try {
            for (GgufValue element : elements) {
                if (element.type() != elementType) {
                    throw new IllegalArgumentException(
                            "element " + element + " of type " + element.type() + " in an array of " + elementType);
                }
                sink.value(element);
            }
            sink.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new GgufArray(elementType, elements.size(), MemorySegment.ofArray(bytes.toByteArray()));
    }

    static GgufArray ofLongs(GgufType elementType, long... elements) {
        List<Int> values = new ArrayList<>(elements.length);
        for (long element : elements) {
            values.add(new Int(elementType, element));
        }
        if (!elementType.isInteger()) {
            throw new IllegalArgumentException(elementType + " is not a type of integers");
        }
        return of(elementType, values);
    }

    static GgufArray ofFloats(float... elements) {
        List<Float32> values = new ArrayList<>(elements.length);
        for (float element : elements) {
            values.add(new Float32(element));
        }
        return of(GgufType.F32, values);
    }

    @Override
    public GgufType type() {
        return GgufType.ARRAY;
    }

    /// The type of all elements.
    public GgufType elementType() {
        return elementType;
    }

    /// The number of elements.
    public int size() {
        return size;
    }

    /// The elements as in a file.
    MemorySegment encoded() {
        return encoded;
    }

    @Override
    public List<GgufValue> asList() {
        return first(size);
    }

    @Override
    public List<String> asStrings() {
        if (elementType != GgufType.STRING) {
            return GgufValue.super.asStrings();
        }
        return first(size).stream().map(GgufValue::asString).toList();
    }

    @Override
    public long[] asLongs() {
        if (!elementType.isInteger()) {
            return GgufValue.super.asLongs();
        }
        return first(size).stream().mapToLong(GgufValue::asLong).toArray();
    }

    @Override
    public float[] asFloats() {
        if (elementType != GgufType.F32) {
            return GgufValue.super.asFloats();
        }
        float[] floats = new float[size];
        MemorySegment.copy(encoded, Cursor.FLOAT, 0, floats, 0, size);
        return floats;
    }

    private List<GgufValue> first(int count) {
        Cursor cursor = new Cursor(encoded, "GGUF metadata", "array of " + elementType);
        ValueReader reader = new ValueReader(cursor, Long.MAX_VALUE);
        List<GgufValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(reader.read(elementType));
        }
        return List.copyOf(values);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufArray array
                && elementType == array.elementType
                && size == array.size
                && encoded.mismatch(array.encoded) == -1;
    }

    @Override
    public int hashCode() {
        return 31 * elementType.hashCode() + size;
    }

    /// Element type, number and the first elements, for example `STRING[32000]: <unk>, <s>, </s>, ...`.
    @Override
    public String toString() {
        String text =
                first(Math.min(size, PREVIEW)).stream().map(GgufValue::toString).collect(Collectors.joining(", "));
        return elementType + "[" + size + "]: " + text + (size > PREVIEW ? ", ..." : "");
    }
}
