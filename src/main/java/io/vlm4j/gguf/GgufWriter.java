package io.vlm4j.gguf;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.files.ResumableFile;
import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// Collects metadata and tensors and writes them as a GGUF file. Keys and tensors stand in the file in the order in
/// which they were first put; putting one again replaces it in its place. The same input always gives the same
/// bytes.
///
/// To edit a file, start with [#copyOf], change what is to change, and [#write], be it over the same path. An
/// unchanged copy of a file written by llama.cpp or its Python package equals it byte for byte.
///
/// Not thread-safe. Nothing is owned: memory, files and sources that were handed in must stay valid until the file
/// is written, and are not closed.
public final class GgufWriter {
    private final int version;

    /// Whether the metadata are padded to the alignment even if no tensor follows: llama.cpp does so, its
    /// Python package does not.
    private final boolean padsAlways;

    private final SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
    private final SequencedMap<String, Entry> tensors = new LinkedHashMap<>();

    private GgufWriter(int version, boolean padsAlways) {
        this.version = version;
        this.padsAlways = padsAlways;
    }

    private record Entry(GgmlType type, Shape shape, TensorSource source) {}

    /// An empty file of version 3.
    public static GgufWriter create() {
        return new GgufWriter(GgufParser.NEWEST_VERSION, true);
    }

    /// Everything that is in this file, which must stay open until [#write] has returned.
    public static GgufWriter copyOf(GgufFile file) {
        GgufWriter writer = new GgufWriter(file.version(), file.byteSize() > file.dataOffset());
        writer.metadata.putAll(file.metadata());
        file.tensors().forEach((name, tensor) -> writer.tensor(name, tensor.type(), tensor.shape(), file.data(tensor)));
        return writer;
    }

    /// Adds or replaces a metadata value.
    ///
    /// @throws IllegalArgumentException if the key is empty or too long, or the key is `general.alignment` and
    ///     the value is not a power of two of type [GgufType#U32]
    public GgufWriter put(String key, GgufValue value) {
        checkName("metadata key", key, GgufParser.LONGEST_KEY);
        if (key.equals(GgufParser.ALIGNMENT_KEY) && !GgufParser.isAlignment(value)) {
            throw new IllegalArgumentException(
                    key + " = " + value + " (" + value.type() + ") is not a power of two of type U32");
        }
        metadata.put(key, Objects.requireNonNull(value, key));
        return this;
    }

    /// Adds or replaces a text.
    ///
    /// @throws IllegalArgumentException if the key is empty or too long, or the text holds half of a surrogate pair
    public GgufWriter put(String key, String value) {
        return put(key, GgufValue.of(value));
    }

    /// Removes a metadata value, if there is one under this key.
    public GgufWriter remove(String key) {
        metadata.remove(key);
        return this;
    }

    /// Adds or replaces a tensor whose data, in ggml's own encoding, lie in memory.
    ///
    /// @param shape outermost dimension first
    /// @throws IllegalArgumentException if the name is empty or takes more than 63 bytes, a row is no multiple
    ///     of the type's block size, or the data have not exactly the size that type and shape need
    public GgufWriter tensor(String name, GgmlType type, Shape shape, MemorySegment data) {
        if (data.byteSize() != type.byteSize(shape)) {
            throw new IllegalArgumentException("tensor '" + name + "' of type " + type + " and shape " + shape
                    + " needs " + type.byteSize(shape) + " bytes, not " + data.byteSize());
        }
        return tensor(name, type, shape, channel -> ((BoundedChannel) channel).write(data));
    }

    /// Adds or replaces a tensor whose data are produced while the file is written.
    ///
    /// @param shape outermost dimension first
    /// @throws IllegalArgumentException if the name is empty or takes more than 63 bytes, or a row is no
    ///     multiple of the type's block size
    public GgufWriter tensor(String name, GgmlType type, Shape shape, TensorSource source) {
        checkName("tensor name", name, GgufTensor.NAME_LIMIT - 1);
        GgufTensor checked = new GgufTensor(name, type, shape, 0);
        tensors.put(checked.name(), new Entry(type, shape, Objects.requireNonNull(source, name)));
        return this;
    }

    /// Removes a tensor, if there is one of this name.
    public GgufWriter removeTensor(String name) {
        tensors.remove(name);
        return this;
    }

    private static void checkName(String what, String name, int longest) {
        if (name.isEmpty() || name.indexOf('\0') >= 0 || Utf8.encode(name).length > longest) {
            throw new IllegalArgumentException(
                    what + " '" + name + "' must have 1 to " + longest + " bytes of UTF-8, none of them zero");
        }
    }

    /// Writes the file atomically: whatever happens, the path shows either what was there before or the whole
    /// new file, which has reached the disk when this returns. A symbolic link at the path is replaced, not
    /// followed.
    ///
    /// @throws UncheckedIOException if the file cannot be written, or a [TensorSource] gave up; nothing is left
    ///     behind
    /// @throws IllegalStateException if a [TensorSource] wrote too few or too many bytes, or a file or memory
    ///     that was handed in is closed; nothing is left behind
    public void write(Path path) {
        AtomicFile.write(path, channel -> {
            LittleEndianSink sink = new LittleEndianSink(channel);
            writeTo(sink);
            sink.flush();
        });
    }

    /// The same for files so large that an interrupted write should go on instead of starting again: a later call with
    /// the same path, origin, metadata and tensors leaves out the tensors that are on the disk already. Until the
    /// file is whole, its beginning lies beside it under the name `.NAME.part`.
    ///
    /// @param origin tells apart what has the same metadata and tensors but other data, for example names, sizes and
    ///     times of the files that the data come from
    /// @throws UncheckedIOException if the file cannot be written, or a [TensorSource] gave up; what was written is
    ///     kept
    /// @throws IllegalStateException as [#write]
    public void writeResumable(Path path, String origin) {
        HeaderDigest digest = new HeaderDigest(origin);
        LittleEndianSink counted = new LittleEndianSink(digest);
        try {
            writeHeader(counted);
            counted.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // only memory is written
        }
        long dataStart = counted.position();
        ResumableFile.write(path, digest.text(), (channel, start, mark) -> {
            LittleEndianSink sink = new LittleEndianSink(channel);
            if (start == 0) {
                writeHeader(sink);
                sink.flush();
            }
            for (GgufTensor tensor : layout(alignment())) {
                long end = dataStart + GgufParser.align(tensor.offset() + tensor.byteSize(), alignment());
                if (end > start) {
                    writeData(tensor.name(), Objects.requireNonNull(tensors.get(tensor.name())), sink);
                    sink.pad(alignment());
                    sink.flush();
                    mark.reached(end);
                }
            }
        });
    }

    private void writeTo(LittleEndianSink sink) throws IOException {
        writeHeader(sink);
        for (var entry : tensors.entrySet()) {
            writeData(entry.getKey(), entry.getValue(), sink);
            sink.pad(alignment());
        }
    }

    private long alignment() {
        GgufValue aligned = metadata.get(GgufParser.ALIGNMENT_KEY);
        return aligned == null ? GgufParser.DEFAULT_ALIGNMENT : aligned.asLong();
    }

    /// Everything up to the data of the tensors.
    private void writeHeader(LittleEndianSink sink) throws IOException {
        sink.memory(MemorySegment.ofArray("GGUF".getBytes(StandardCharsets.US_ASCII)));
        sink.i32(version);
        sink.i64(tensors.size());
        sink.i64(metadata.size());
        for (var entry : metadata.entrySet()) {
            sink.string(Utf8.encode(entry.getKey()));
            sink.i32(entry.getValue().type().id());
            sink.value(entry.getValue());
        }
        for (GgufTensor tensor : layout(alignment())) {
            sink.string(Utf8.encode(tensor.name()));
            sink.i32(tensor.shape().rank());
            for (int axis = tensor.shape().rank() - 1; axis >= 0; axis--) {
                sink.i64(tensor.shape().dim(axis));
            }
            sink.i32(tensor.type().id());
            sink.i64(tensor.offset());
        }
        if (padsAlways || !tensors.isEmpty()) {
            sink.pad(alignment());
        }
    }

    private List<GgufTensor> layout(long alignment) {
        List<GgufTensor> laidOut = new ArrayList<>(tensors.size());
        long offset = 0;
        for (var entry : tensors.entrySet()) {
            Entry tensor = entry.getValue();
            laidOut.add(new GgufTensor(entry.getKey(), tensor.type(), tensor.shape(), offset));
            offset = GgufParser.align(Math.addExact(offset, tensor.type().byteSize(tensor.shape())), alignment);
        }
        return laidOut;
    }

    private static void writeData(String name, Entry tensor, LittleEndianSink sink) throws IOException {
        BoundedChannel channel = new BoundedChannel(name, tensor.type().byteSize(tensor.shape()), sink);
        tensor.source().writeTo(channel);
        channel.finish();
    }
}
