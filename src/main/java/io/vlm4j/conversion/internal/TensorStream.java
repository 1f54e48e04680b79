package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.TensorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/// Encodes a tensor piece by piece while it is written, each piece on all processors. What comes out does not depend
/// on how many there are.
///
/// @param name     the tensor, for messages
/// @param rows     its numbers
/// @param type     what they are written as
/// @param progress is told the bytes that are written
record TensorStream(String name, Rows rows, GgmlType type, LongConsumer progress) implements TensorSource {
    /// Numbers of a piece: 16 MiB of F32.
    private static final int PIECE = 1 << 22;

    /// Numbers that one task encodes.
    private static final int TASK = 1 << 15;

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        long rowBytes = type.rowByteSize(rows.length());
        int taskRows = Math.max(1, TASK / Math.max(1, rows.length()));
        int pieceRows = (int) Math.min(Math.max(taskRows, PIECE / Math.max(1, rows.length())), rows.count());
        RowEncoder encoder = RowEncoder.of(type);
        progress.accept(0);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment piece = arena.allocate(Math.max(1, pieceRows * rowBytes));
            for (long first = 0; first < rows.count(); first += pieceRows) {
                int count = (int) Math.min(pieceRows, rows.count() - first);
                long from = first;
                IntStream.range(0, (count + taskRows - 1) / taskRows).parallel().forEach(task -> {
                    int begin = task * taskRows;
                    encode(encoder, from, begin, Math.min(count, begin + taskRows), rowBytes, piece);
                });
                channel.write(piece.asSlice(0, count * rowBytes).asByteBuffer());
                progress.accept((first + count) * rowBytes);
            }
        }
    }

    private void encode(RowEncoder encoder, long first, int begin, int end, long rowBytes, MemorySegment piece) {
        float[] row = new float[rows.length()];
        for (int i = begin; i < end; i++) {
            rows.read(first + i, row);
            check(row, first + i);
            encoder.encode(row, piece, i * rowBytes);
        }
    }

    private void check(float[] row, long index) {
        float most = type == GgmlType.F16 ? 65504 : Float.MAX_VALUE;
        for (float number : row) {
            if (!(Math.abs(number) <= most)) {
                throw new InvalidFile("tensor '" + name + "' holds " + number + " in row " + index + ", which is "
                        + (Float.isFinite(number) ? "beyond F16: choose bf16 or f32" : "no finite number"));
            }
        }
    }
}
