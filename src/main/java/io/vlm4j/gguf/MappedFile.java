package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A whole file mapped into memory, read-only, and the shared arena that ends the mapping.
record MappedFile(MemorySegment memory, Arena arena) implements AutoCloseable {
    /// The arena belongs to the result, which closes it.
    @SuppressWarnings("MustBeClosed")
    static MappedFile open(Path file) {
        if (Files.isDirectory(file)) {
            throw new InvalidFile(file + " is a directory, not a file");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new MappedFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), arena);
        } catch (NoSuchFileException e) {
            arena.close();
            throw new InvalidFile(file + " does not exist", e);
        } catch (AccessDeniedException e) {
            arena.close();
            throw new InvalidFile(file + " may not be read by this user", e);
        } catch (IOException | UnsupportedOperationException e) {
            arena.close();
            throw new InvalidFile(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
