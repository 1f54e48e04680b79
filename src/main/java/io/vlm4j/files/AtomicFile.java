package io.vlm4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes a file so that its path shows either the old content or all of the new one, also after a crash: a
/// temporary file in the same folder is filled, forced to disk, and renamed.
public final class AtomicFile {
    private AtomicFile() {}

    /// Fills the file.
    @FunctionalInterface
    public interface Body {
        void write(FileChannel channel) throws IOException;
    }

    /// @throws UncheckedIOException naming the file; the temporary file is gone
    public static void write(Path target, Body body) {
        Path absolute = target.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                body.write(channel);
                channel.force(true);
            }
            Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceFolder(absolute);
        } catch (IOException e) {
            discard(temporary, e);
            throw new UncheckedIOException("cannot write " + target + ": " + e, e);
        } catch (Throwable e) {
            discard(temporary, e);
            throw e;
        }
    }

    private static void discard(Path temporary, Throwable reason) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /// Makes the new name durable. Not every system opens folders (Windows does not); there the rename is as
    /// durable as the system makes it.
    static void forceFolder(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder != null
                && folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
