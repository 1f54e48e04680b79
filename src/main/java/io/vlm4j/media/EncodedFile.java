package io.vlm4j.media;

import io.vlm4j.Vlm4jException.InvalidMedia;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that holds an encoded picture.
///
/// It is read, not mapped: mapped memory of a file that is cut off meanwhile ends in a fault, and a picture's file
/// is small beside its pixels.
record EncodedFile(Path file) implements ImageSource {
    @Override
    public String description() {
        return file.toString();
    }

    @Override
    public byte[] encoded(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return read(limits, arena).bytes().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Override
    public Pixels decode(ImageLimits limits) {
        try (Arena arena = Arena.ofConfined()) {
            return ImageDecoder.decode(read(limits, arena), limits);
        }
    }

    /// The file's content in native memory, after a check of its size.
    EncodedImage read(ImageLimits limits, Arena arena) {
        try {
            if (Files.isDirectory(file)) {
                throw new InvalidMedia(file + ": is a folder, not a picture");
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe: its size is not known before its end
                try (InputStream stream = Files.newInputStream(file)) {
                    return EncodedImage.readAll(stream, description(), limits).image(limits, arena);
                }
            }
            return EncodedImage.of(content(limits, arena), description());
        } catch (NoSuchFileException e) {
            throw new InvalidMedia(file + ": no such file", e);
        } catch (AccessDeniedException e) {
            throw new InvalidMedia(file + ": reading is not permitted", e);
        } catch (IOException e) {
            throw new InvalidMedia(file + ": cannot be read: " + e, e);
        }
    }

    private MemorySegment content(ImageLimits limits, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment content = arena.allocate(limits.checkBytes(channel.size(), description()));
            ByteBuffer buffer = content.asByteBuffer();
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // until the buffer is full, or the file got shorter than it was
            }
            return content.asSlice(0, buffer.position());
        }
    }
}
