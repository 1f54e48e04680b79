package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that holds an encoded picture or sound.
///
/// It is read, not mapped: mapped memory of a file that is cut off meanwhile ends in a fault, and such a file is small
/// beside what is in it.
///
/// @param kind what it should be, for messages: `picture` or `sound`
record EncodedFile(Path file, String kind) implements EncodedSource {
    @Override
    public String description() {
        return file.toString();
    }

    @Override
    public MemorySegment read(long maxBytes, Arena arena) {
        try {
            if (Files.isDirectory(file)) {
                throw new InvalidMedia(file + ": is a folder, not a " + kind);
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe: its size is not known before its end
                try (InputStream stream = Files.newInputStream(file)) {
                    return EncodedSource.readAll(stream, description(), maxBytes)
                            .read(maxBytes, arena);
                }
            }
            return content(maxBytes, arena);
        } catch (NoSuchFileException e) {
            throw new InvalidMedia(file + ": no such file", e);
        } catch (AccessDeniedException e) {
            throw new InvalidMedia(file + ": reading is not permitted", e);
        } catch (IOException e) {
            throw new InvalidMedia(file + ": cannot be read: " + e, e);
        }
    }

    private MemorySegment content(long maxBytes, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = arena.allocate(EncodedSource.check(channel.size(), maxBytes, description()));
            ByteBuffer buffer = content.asByteBuffer();
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until the buffer is full, or the file got shorter than it was
            }
            return content.asSlice(0, buffer.position());
        }
    }
}
