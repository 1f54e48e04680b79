package io.vlm4j.gguf;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.tensor.Tensor;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Writes a tensor as a `.npy` file, which NumPy loads or maps: whole, or not at all.
///
/// Source: the documentation of `numpy.lib.format`, version 1.0.
public final class NpyWriter {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private NpyWriter() {}

    /// @throws IllegalArgumentException for bfloat16, which NumPy does not have
    /// @throws UncheckedIOException naming the file, which is as it was before
    public static void write(Path file, Tensor tensor) {
        byte[] header = header(tensor);
        AtomicFile.write(file, channel -> {
            LittleEndianSink sink = new LittleEndianSink(channel);
            sink.memory(MemorySegment.ofArray(MAGIC));
            sink.i16(header.length);
            sink.memory(MemorySegment.ofArray(header));
            sink.memory(tensor.segment());
            sink.flush();
        });
    }

    private static byte[] header(Tensor tensor) {
        String dims = Arrays.stream(tensor.shape().dims())
                .mapToObj(Long::toString)
                .collect(Collectors.joining(", ", "(", tensor.shape().rank() == 1 ? ",)" : ")"));
        String text = "{'descr': '" + type(tensor) + "', 'fortran_order': False, 'shape': " + dims + ", }";
        int before = MAGIC.length + Short.BYTES;
        int padding = Math.floorMod(-(before + text.length() + 1), ALIGNMENT);
        return (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static String type(Tensor tensor) {
        return switch (tensor.dtype()) {
            case F16 -> "<f2";
            case F32 -> "<f4";
            case F64 -> "<f8";
            case I8 -> "|i1";
            case U8 -> "|u1";
            case I16 -> "<i2";
            case I32 -> "<i4";
            case I64 -> "<i8";
            case BOOL -> "|b1";
            case BF16 -> throw new IllegalArgumentException("NumPy has no bfloat16; convert " + tensor + " first");
        };
    }
}
