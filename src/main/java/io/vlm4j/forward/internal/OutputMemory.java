package io.vlm4j.forward.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Where the outputs of a pass lie: in memory, or in a file that is mapped into it. All is 0 at first.
///
/// The file is filled with zeros before it is mapped: writing to a mapped place that the disk has no room for ends
/// the process.
final class OutputMemory implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final @Nullable Path file;

    private OutputMemory(@Nullable Path file) {
        this.file = file;
    }

    static OutputMemory inMemory() {
        return new OutputMemory(null);
    }

    /// @param folder in which a file of a name of its own is made; it goes with the outputs
    static OutputMemory inFile(Path folder) {
        return new OutputMemory(folder.resolve("vlm4j-forward-" + UUID.randomUUID() + ".bin"));
    }

    boolean isOpen() {
        return arena.scope().isAlive();
    }

    /// @throws UncheckedIOException naming the file, when the disk has no room
    MemorySegment floats(long count) {
        if (file == null || count == 0) {
            return arena.allocate(ValueLayout.JAVA_FLOAT, count);
        }
        long size = Math.multiplyExact(count, Float.BYTES);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long start = channel.size();
            fill(channel, start, size);
            return channel.map(FileChannel.MapMode.READ_WRITE, start, size, arena);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep " + size + " bytes of outputs in " + file + ": " + e, e);
        }
    }

    private static void fill(FileChannel channel, long start, long size) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK);
        for (long done = 0; done < size; ) {
            zeros.clear().limit((int) Math.min(CHUNK, size - done));
            done += channel.write(zeros, start + done);
        }
    }

    @Override
    public synchronized void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        arena.close();
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot remove " + file + ": " + e, e);
            }
        }
    }
}
