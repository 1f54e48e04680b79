package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Reads header, metadata and tensor directory of a GGUF file, and believes no number in it: counts are held
/// against the bytes left before anything is allocated, and every tensor against the data section.
final class GgufParser {
    static final String ALIGNMENT_KEY = "general.alignment";
    static final long DEFAULT_ALIGNMENT = 32;
    static final int LONGEST_KEY = 65_535;
    static final int NEWEST_VERSION = 3;

    /// Far beyond every real file (hundreds of keys, some ten thousand tensors), and little enough for any heap.
    private static final int MOST_KEYS = 1 << 16;

    private static final int MOST_TENSORS = 1 << 17;

    /// Keys and texts are copied to the heap; a chat template has some kilobytes, an embedded tokenizer.json
    /// some megabytes. A share of the heap, so that a hostile file cannot exhaust a small one.
    private static final long MOST_TEXT =
            Math.min(1L << 27, Runtime.getRuntime().maxMemory() / 8);

    private static final int MAGIC = 0x46554747;
    private static final int LEAST_KEY_BYTES = 8 + 1 + 4 + 1;
    private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 4 + 8;

    private final MemorySegment memory;
    private final String file;
    private final Cursor cursor;
    private final ValueReader values;

    private GgufParser(MemorySegment memory, String file) {
        this.memory = memory;
        this.file = file;
        this.cursor = new Cursor(memory, file, "GGUF header");
        this.values = new ValueReader(cursor, MOST_TEXT);
    }

    /// What a file says about itself.
    ///
    /// @param dataOffset where the data section begins in the file
    record Contents(
            int version,
            long alignment,
            SequencedMap<String, GgufValue> metadata,
            SequencedMap<String, GgufTensor> tensors,
            long dataOffset) {}

    static Contents parse(MemorySegment memory, String file) {
        return new GgufParser(memory, file).parse();
    }

    private Contents parse() {
        int version = version();
        int tensorCount = count("tensors", MOST_TENSORS, LEAST_TENSOR_BYTES);
        int keyCount = count("metadata keys", MOST_KEYS, LEAST_KEY_BYTES);
        SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
        for (int i = 0; i < keyCount; i++) {
            keyAndValue(i, metadata);
        }
        long alignment = alignment(metadata);
        SequencedMap<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < tensorCount; i++) {
            tensor(i, alignment, tensors);
        }
        long dataOffset = tensors.isEmpty() ? cursor.position() : align(cursor.position(), alignment);
        checkLayout(List.copyOf(tensors.values()), dataOffset);
        return new Contents(
                version,
                alignment,
                Collections.unmodifiableSequencedMap(metadata),
                Collections.unmodifiableSequencedMap(tensors),
                dataOffset);
    }

    private int version() {
        if (cursor.remaining() < 4 || cursor.i32("the magic number") != MAGIC) {
            throw cursor.failure("is missing, so this is not a GGUF file: " + FirstBytes.describe(memory));
        }
        int version = cursor.i32("the version");
        int swapped = Integer.reverseBytes(version);
        if (swapped > 0 && swapped <= NEWEST_VERSION) {
            throw cursor.failure("is big-endian; vlm4j reads little-endian files only, so convert it first");
        }
        if (version == 1) {
            throw cursor.failure("is of version 1, which has not been in use since 2023; convert the model again");
        }
        if (version < 1 || version > NEWEST_VERSION) {
            throw cursor.failure("is of version " + Integer.toUnsignedString(version) + "; versions 2 and 3 are known");
        }
        return version;
    }

    private int count(String what, int limit, int leastBytes) {
        long count = cursor.i64("the number of " + what);
        if (count < 0 || count > cursor.remaining() / leastBytes) {
            throw cursor.failure("claims " + Long.toUnsignedString(count) + " " + what + ", but only "
                    + cursor.remaining() + " bytes follow");
        }
        if (count > limit) {
            throw cursor.failure("claims " + count + " " + what + ", more than the " + limit + " allowed");
        }
        return (int) count;
    }

    private void keyAndValue(int index, Map<String, GgufValue> metadata) {
        cursor.begin("metadata key " + index);
        String key = name(values.text(LONGEST_KEY, "the key"));
        cursor.rename("metadata key '" + key + "'");
        GgufValue value = values.read(values.type());
        if (metadata.put(key, value) != null) {
            throw cursor.failure("occurs a second time");
        }
    }

    private String name(byte[] utf8) {
        if (utf8.length == 0) {
            throw cursor.failure("has an empty name");
        }
        String name = Utf8.decode(utf8).orElseThrow(() -> cursor.failure("has a name that is not UTF-8"));
        if (name.indexOf('\0') >= 0) {
            throw cursor.failure("has a zero character in its name");
        }
        return name;
    }

    private long alignment(Map<String, GgufValue> metadata) {
        GgufValue value = metadata.get(ALIGNMENT_KEY);
        if (value == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (!isAlignment(value)) {
            throw cursor.failure("follows " + ALIGNMENT_KEY + " = " + value + " (" + value.type()
                    + "), which is not a power of two of type U32");
        }
        return value.asLong();
    }

    static boolean isAlignment(GgufValue value) {
        return value instanceof GgufValue.Int(GgufType type, long number)
                && type == GgufType.U32
                && Long.bitCount(number) == 1;
    }

    static long align(long position, long alignment) {
        return (position + alignment - 1) & -alignment;
    }

    private void tensor(int index, long alignment, Map<String, GgufTensor> tensors) {
        cursor.begin("tensor " + index);
        String name = name(cursor.string(GgufTensor.NAME_LIMIT - 1, "the name"));
        cursor.rename("tensor '" + name + "'");
        Shape shape = shape();
        int id = cursor.i32("its type");
        GgmlType type = GgmlType.ofId(id)
                .orElseThrow(() ->
                        cursor.failure("has the unknown or withdrawn element type " + Integer.toUnsignedString(id)));
        long offset = cursor.i64("its offset");
        if (offset < 0 || offset % alignment != 0) {
            throw cursor.failure("has the offset " + Long.toUnsignedString(offset) + ", which is no multiple of the "
                    + "alignment " + alignment);
        }
        GgufTensor tensor;
        try {
            tensor = new GgufTensor(name, type, shape, offset);
        } catch (IllegalArgumentException e) {
            throw cursor.failure("is impossible: " + e.getMessage());
        }
        if (tensors.put(name, tensor) != null) {
            throw cursor.failure("occurs a second time");
        }
    }

    private Shape shape() {
        int rank = cursor.i32("its number of dimensions");
        if (rank < 0 || rank > GgufTensor.MOST_DIMENSIONS) {
            throw cursor.failure("has " + Integer.toUnsignedString(rank) + " dimensions, more than the 4 allowed");
        }
        long[] dims = new long[rank];
        for (int i = rank - 1; i >= 0; i--) {
            dims[i] = cursor.i64("a dimension");
        }
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw cursor.failure("is impossible: " + e.getMessage());
        }
    }

    private void checkLayout(List<GgufTensor> tensors, long dataOffset) {
        long end = memory.byteSize();
        if (dataOffset > end) {
            throw new InvalidFile(file + ": the data section should begin at byte " + dataOffset
                    + ", but the file ends at byte " + end + ": cut off?");
        }
        long space = end - dataOffset;
        for (GgufTensor tensor : tensors) {
            if (tensor.offset() > space || tensor.byteSize() > space - tensor.offset()) {
                throw damaged(tensor, dataOffset, "reach beyond the end of the file at byte " + end + ": cut off?");
            }
        }
        GgufTensor previous = null;
        for (GgufTensor tensor : tensors.stream()
                .sorted(Comparator.comparingLong(GgufTensor::offset).thenComparingLong(GgufTensor::byteSize))
                .toList()) {
            if (previous != null && previous.offset() + previous.byteSize() > tensor.offset()) {
                throw damaged(tensor, dataOffset, "overlap those of tensor '" + previous.name() + "'");
            }
            previous = tensor;
        }
    }

    private InvalidFile damaged(GgufTensor tensor, long dataOffset, String problem) {
        return new InvalidFile(file + ": the " + tensor.byteSize() + " data bytes of tensor '" + tensor.name()
                + "' at byte " + Long.toUnsignedString(dataOffset + tensor.offset()) + " " + problem);
    }
}
