package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// A GGUF file (version 2 or 3, little-endian), mapped into memory: typed metadata, the tensor directory, and the
/// data.
///
/// The whole directory is validated when the file is opened; what this object hands out afterwards lies inside the
/// file. Opening reads no tensor data, so it takes milliseconds however large the file is.
///
/// - **Owner**: owns the mapping. Segments, tensors and array values that it hands out borrow it.
/// - **Threads**: immutable and thread-safe; any thread may close it.
/// - **Close**: ends the mapping, once; later calls do nothing. Afterwards the directory and scalar metadata stay
///   readable, while data, tensors and array values throw [IllegalStateException].
///
/// The file must not be shortened or overwritten in place while it is open: the operating system shows such changes
/// through the mapping. Replacing it by renaming, as [GgufWriter] does, is safe.
///
/// Source: ggml's docs/gguf.md and gguf.h.
public final class GgufFile implements AutoCloseable {
    private static final String SPLIT_COUNT = "split.count";

    private final Path path;
    private final MemorySegment memory;
    private final @Nullable MappedFile mapping;
    private final GgufParser.Contents contents;

    private GgufFile(Path path, MemorySegment memory, @Nullable MappedFile mapping) {
        this.path = path;
        this.memory = memory;
        this.mapping = mapping;
        this.contents = GgufParser.parse(memory, path.toString());
    }

    /// Maps and validates a file.
    ///
    /// @throws InvalidFile if it does not exist, cannot be read, is not a GGUF file, is cut off, or contradicts
    ///     itself; the message names the file, the key or tensor, and the position in bytes
    public static GgufFile open(Path path) {
        MappedFile mapping = MappedFile.open(path);
        try {
            return new GgufFile(path, mapping.memory(), mapping);
        } catch (Throwable e) {
            mapping.close();
            throw e;
        }
    }

    /// The same for bytes in memory, which are borrowed.
    static GgufFile of(Path path, MemorySegment memory) {
        return new GgufFile(path, memory.asReadOnly(), null);
    }

    /// The path that was opened.
    public Path path() {
        return path;
    }

    /// The version of the format, 2 or 3.
    public int version() {
        return contents.version();
    }

    /// The alignment of tensor data in bytes, a power of two.
    public long alignment() {
        return contents.alignment();
    }

    /// The size of the file in bytes.
    public long byteSize() {
        return memory.byteSize();
    }

    /// Where the data section begins, in bytes from the start of the file.
    public long dataOffset() {
        return contents.dataOffset();
    }

    /// What tells this file from others, as 64 hexadecimal digits: a SHA-256 of its size, its metadata and tensor
    /// directory, and 128 blocks of 4 KiB spread over its data (all of it when there is no more).
    public String fingerprint() {
        return Fingerprint.of(memory, dataOffset());
    }

    /// All metadata in the order of the file, unmodifiable.
    public SequencedMap<String, GgufValue> metadata() {
        return contents.metadata();
    }

    /// The value under this key.
    public Optional<GgufValue> value(String key) {
        return Optional.ofNullable(metadata().get(key));
    }

    /// The text under this key; empty if there is no such key.
    ///
    /// @throws InvalidFile if the value is not a string
    public Optional<String> string(String key) {
        return value(key).map(value -> text(key, value));
    }

    private String text(String key, GgufValue value) {
        if (value instanceof GgufText text) {
            return text.asString();
        }
        throw new InvalidFile(path + ": metadata key '" + key + "' is " + value.type() + ", not a string");
    }

    /// The integer of any type under this key; empty if there is no such key.
    ///
    /// @throws InvalidFile if the value is not an integer, or exceeds 2^63-1
    public OptionalLong integer(String key) {
        GgufValue value = metadata().get(key);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof GgufValue.Int(GgufType type, long number) && (type != GgufType.U64 || number >= 0)) {
            return OptionalLong.of(number);
        }
        throw new InvalidFile(path + ": metadata key '" + key + "' is " + value + " (" + value.type()
                + "), not an integer below 2^63");
    }

    /// The `general.architecture` of the model, such as `llama` or `clip`.
    ///
    /// @throws InvalidFile if the value is not a string
    public Optional<String> architecture() {
        return string("general.architecture");
    }

    /// The tensor directory in the order of the file, unmodifiable, by name.
    public SequencedMap<String, GgufTensor> tensors() {
        return contents.tensors();
    }

    /// The directory entry of this name.
    public Optional<GgufTensor> tensor(String name) {
        return Optional.ofNullable(tensors().get(name));
    }

    /// The elements of all tensors in this file together.
    public long parameterCount() {
        return tensors().values().stream()
                .mapToLong(tensor -> tensor.shape().elementCount())
                .sum();
    }

    /// The data of a tensor of this file, read-only, in ggml's own encoding.
    ///
    /// @throws IllegalArgumentException if the tensor is not of this file
    public MemorySegment data(GgufTensor tensor) {
        if (!tensor.equals(tensors().get(tensor.name()))) {
            throw new IllegalArgumentException(tensor + " is not in " + path);
        }
        return memory.asSlice(dataOffset() + tensor.offset(), tensor.byteSize());
    }

    /// A view of a tensor that holds plain numbers. It borrows from this file.
    ///
    /// @throws IllegalArgumentException if there is no tensor of this name, or it is quantized
    public Tensor toTensor(String name) {
        GgufTensor tensor =
                tensor(name).orElseThrow(() -> new IllegalArgumentException("no tensor '" + name + "' in " + path));
        DType dtype = tensor.type()
                .dtype()
                .orElseThrow(() -> new IllegalArgumentException("tensor '" + name + "' in " + path + " is quantized ("
                        + tensor.type().label() + ")"));
        return Tensor.of(dtype, tensor.shape(), data(tensor));
    }

    /// Which part of a larger model this file is; empty if the file is a whole model.
    ///
    /// @throws InvalidFile if the `split.*` keys are not integers or contradict each other
    public Optional<GgufSplit> split() {
        long count = integer(SPLIT_COUNT).orElse(0);
        if (count <= 1) {
            return Optional.empty();
        }
        long index = integer("split.no").orElse(0);
        long tensorCount = integer("split.tensors.count").orElse(tensors().size());
        if (count > 0xFFFF || index < 0 || index >= count || tensorCount < 0 || tensorCount > Integer.MAX_VALUE) {
            throw new InvalidFile(
                    path + ": part " + index + " of " + count + " with " + tensorCount + " tensors is impossible");
        }
        return Optional.of(new GgufSplit((int) index, (int) count, (int) tensorCount));
    }

    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
        }
    }

    /// Path, version and sizes.
    @Override
    public String toString() {
        return "GgufFile[" + path + ", version " + version() + ", " + metadata().size() + " keys, "
                + tensors().size() + " tensors, " + parameterCount() + " parameters]";
    }
}
