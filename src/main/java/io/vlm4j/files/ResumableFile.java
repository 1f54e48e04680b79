package io.vlm4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Writes a large file so that its path shows either the old content or all of the new one, and so that a write that
/// was interrupted, be it by a crash, goes on where it was.
///
/// Beside the target lie `.NAME.part`, what is written so far, and `.NAME.part.state`, which says what is being written
/// and up to where it is safely on the disk. Both are gone when the target is there.
public final class ResumableFile {
    /// So much is lost at most by a crash.
    private static final long STEP = 1L << 28;

    /// A state has two short lines.
    private static final long LONGEST_STATE = 1024;

    private final Path target;
    private final Path part;
    private final Path state;
    private final String content;
    private long saved;
    private long reached;

    private ResumableFile(Path target, String content) {
        this.target = target.toAbsolutePath();
        this.part = this.target.resolveSibling("." + this.target.getFileName() + ".part");
        this.state = this.target.resolveSibling("." + this.target.getFileName() + ".part.state");
        this.content = content;
    }

    /// Fills the file.
    @FunctionalInterface
    public interface Body {
        /// @param channel stands at the start
        /// @param start   where to go on: 0, or a position that was marked
        void write(FileChannel channel, long start, Mark mark) throws IOException;
    }

    /// Is told how far the file has come.
    @FunctionalInterface
    public interface Mark {
        /// Everything before this position is written, and it is a good one to go on from.
        void reached(long position) throws IOException;
    }

    /// @param content tells different contents apart, in one line: what was begun for another is thrown away
    /// @throws UncheckedIOException naming the file, which is as it was before; what was written is kept
    public static void write(Path target, String content, Body body) {
        ResumableFile file = new ResumableFile(target, content);
        try {
            file.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + target + ": " + e, e);
        }
    }

    private void write(Body body) throws IOException {
        long start = begun();
        try (FileChannel channel = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            lock(channel);
            channel.truncate(start).position(start);
            saved = start;
            reached = start;
            try {
                body.write(channel, start, position -> mark(channel, position));
                channel.force(true);
            } catch (Throwable e) {
                keep(channel, e);
                throw e;
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.deleteIfExists(state);
        AtomicFile.forceFolder(target);
    }

    private static void lock(FileChannel channel) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException("it is being written at this moment", e);
        }
        throw new IOException("another process is writing it");
    }

    /// How much of this content is there already.
    private long begun() throws IOException {
        if (!Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(state, LinkOption.NOFOLLOW_LINKS)
                || Files.size(state) > LONGEST_STATE) {
            return 0;
        }
        List<String> lines = new String(Files.readAllBytes(state), StandardCharsets.ISO_8859_1)
                .lines()
                .toList();
        if (lines.size() != 2 || !lines.getFirst().equals(content)) {
            return 0;
        }
        try {
            long position = Long.parseLong(lines.getLast());
            return position >= 0 && position <= Files.size(part) ? position : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private void mark(FileChannel channel, long position) throws IOException {
        reached = position;
        if (position - saved >= STEP) {
            save(channel);
        }
    }

    private void save(FileChannel channel) throws IOException {
        channel.force(false);
        byte[] text = (content + "\n" + reached + "\n").getBytes(StandardCharsets.ISO_8859_1);
        AtomicFile.write(state, text);
        saved = reached;
    }

    private void keep(FileChannel channel, Throwable reason) {
        try {
            if (reached > saved && channel.isOpen()) {
                save(channel);
            }
        } catch (IOException | UncheckedIOException e) {
            reason.addSuppressed(e);
        }
    }
}
