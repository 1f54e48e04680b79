package io.vlm4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/// Writes a file so that its path shows either the old content or all of the new one, also after a crash: a
/// temporary file in the same folder is filled, forced to disk, and renamed.
public final class AtomicFile {
    private static final Set<OpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    private static final FileAttribute<?>[] PRIVATE = {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };

    private AtomicFile() {}

    /// Fills the file.
    @FunctionalInterface
    public interface Body {
        void write(FileChannel channel) throws IOException;
    }

    /// @throws UncheckedIOException naming the file; the temporary file is gone
    public static void write(Path target, Body body) {
        write(target, body, new FileAttribute<?>[0]);
    }

    /// The same for bytes that are there already.
    public static void write(Path target, byte[] bytes) {
        write(target, channel -> fill(channel, bytes));
    }

    /// The same for what nobody but its owner is to read, where the system has such permissions.
    public static void writePrivate(Path target, byte[] bytes) {
        FileAttribute<?>[] attributes = hasPermissions(target) ? PRIVATE : new FileAttribute<?>[0];
        write(target, channel -> fill(channel, bytes), attributes);
    }

    private static void fill(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void write(Path target, Body body, FileAttribute<?>... attributes) {
        Path absolute = target.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, NEW, attributes)) {
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

    private static boolean hasPermissions(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
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
        if (folder != null && hasPermissions(folder)) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
