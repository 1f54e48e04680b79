package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// A safetensors file, mapped into memory. The whole header is validated when the file is opened, as strictly as
/// the reference implementation does: tensors lie in the file without overlap and without gaps.
///
/// - **Owner**: owns the mapping; tensors that it hands out borrow it.
/// - **Threads**: immutable and thread-safe; any thread may close it.
/// - **Close**: ends the mapping, once; later calls do nothing. Afterwards names and metadata stay readable, while
///   reading a tensor throws [IllegalStateException].
///
/// The file must not be shortened or overwritten in place while it is open.
///
/// Source: the format section of the safetensors README.
public final class Safetensors implements AutoCloseable {
    private static final int PREFIX = 8;

    /// As in the reference implementation, but never more than a share of the heap, to which the header is copied.
    private static final long LONGEST_HEADER =
            Math.min(100_000_000, Runtime.getRuntime().maxMemory() / 8);

    private static final Map<String, DType> DTYPES = Map.of(
            "F64", DType.F64,
            "F32", DType.F32,
            "F16", DType.F16,
            "BF16", DType.BF16,
            "I64", DType.I64,
            "I32", DType.I32,
            "I16", DType.I16,
            "I8", DType.I8,
            "U8", DType.U8,
            "BOOL", DType.BOOL);

    private final Path path;
    private final MemorySegment data;
    private final @Nullable MappedFile mapping;
    private final SafetensorsHeader.Contents header;

    private Safetensors(Path path, MemorySegment memory, @Nullable MappedFile mapping) {
        this.path = path;
        this.mapping = mapping;
        long length = headerLength(memory, path);
        byte[] json = memory.asSlice(PREFIX, length).toArray(ValueLayout.JAVA_BYTE);
        this.header = SafetensorsHeader.parse(json, path.toString());
        this.data = memory.asSlice(PREFIX + length);
        checkLayout();
    }

    /// Maps and validates a file.
    ///
    /// @throws InvalidFile if it does not exist, cannot be read, is not a safetensors file, is cut off, or
    ///     contradicts itself; the message names the file, the tensor, and the position in bytes
    public static Safetensors open(Path path) {
        MappedFile mapping = MappedFile.open(path);
        try {
            return new Safetensors(path, mapping.memory(), mapping);
        } catch (Throwable e) {
            mapping.close();
            throw e;
        }
    }

    /// The same for bytes in memory, which are borrowed.
    static Safetensors of(Path path, MemorySegment memory) {
        return new Safetensors(path, memory.asReadOnly(), null);
    }

    private static long headerLength(MemorySegment memory, Path path) {
        if (memory.byteSize() <= PREFIX || memory.get(ValueLayout.JAVA_BYTE, PREFIX) != '{') {
            throw new InvalidFile(path + " is not a safetensors file: " + FirstBytes.describe(memory));
        }
        long length = memory.get(Cursor.LONG, 0);
        if (length < 0 || length > memory.byteSize() - PREFIX) {
            throw new InvalidFile(path + ": the safetensors header claims " + Long.toUnsignedString(length)
                    + " bytes, but only " + (memory.byteSize() - PREFIX) + " follow: cut off?");
        }
        if (length > LONGEST_HEADER) {
            throw new InvalidFile(path + ": the safetensors header has " + length + " bytes, more than the "
                    + LONGEST_HEADER + " allowed");
        }
        return length;
    }

    private void checkLayout() {
        long end = 0;
        for (var named : header.tensors().entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, SafetensorsHeader.Entry> tensor) ->
                                tensor.getValue().begin())
                        .thenComparingLong(tensor -> tensor.getValue().end()))
                .toList()) {
            SafetensorsHeader.Entry tensor = named.getValue();
            if (tensor.begin() != end || tensor.end() < tensor.begin()) {
                throw invalid(
                        named.getKey(),
                        "has data from byte " + tensor.begin() + " to " + tensor.end()
                                + " of the data section, where byte " + end + " is next");
            }
            checkSize(named.getKey(), tensor);
            end = tensor.end();
        }
        if (end != data.byteSize()) {
            throw new InvalidFile(path + ": the tensors take " + end + " bytes, but the data section has "
                    + data.byteSize() + (end > data.byteSize() ? ": cut off?" : ""));
        }
    }

    private void checkSize(String name, SafetensorsHeader.Entry tensor) {
        DType dtype = DTYPES.get(tensor.dtype());
        long size = tensor.end() - tensor.begin();
        if (dtype != null
                && (size % dtype.byteSize() != 0
                        || size / dtype.byteSize() != tensor.shape().elementCount())) {
            throw invalid(
                    name, "of type " + dtype + " and shape " + tensor.shape() + " has " + size + " bytes of data");
        }
    }

    private InvalidFile invalid(String name, String problem) {
        return new InvalidFile(path + ": tensor '" + name + "' " + problem);
    }

    /// The path that was opened.
    public Path path() {
        return path;
    }

    /// The names of all tensors in the order of the header, unmodifiable.
    public SequencedSet<String> names() {
        return header.tensors().sequencedKeySet();
    }

    /// The texts under `__metadata__`, unmodifiable; empty if there are none.
    public SequencedMap<String, String> metadata() {
        return header.metadata();
    }

    /// A view of this tensor. It borrows from this file.
    ///
    /// @throws IllegalArgumentException if there is no tensor of this name
    /// @throws InvalidFile if its elements are of a type that [DType] lacks, such as 8-bit floats
    public Tensor tensor(String name) {
        SafetensorsHeader.Entry tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no tensor '" + name + "' in " + path);
        }
        DType dtype = Optional.ofNullable(DTYPES.get(tensor.dtype()))
                .orElseThrow(
                        () -> invalid(name, "has elements of type " + tensor.dtype() + ", which vlm4j does not read"));
        return Tensor.of(dtype, tensor.shape(), data.asSlice(tensor.begin(), tensor.end() - tensor.begin()));
    }

    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
        }
    }

    /// Path and number of tensors.
    @Override
    public String toString() {
        return "Safetensors[" + path + ", " + names().size() + " tensors]";
    }
}
