package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;

/// Reads the parts of a [SessionFile], whose checksum is right. Whatever is wrong is an [IllegalArgumentException] that
/// does not name the file.
final class SessionInput implements AutoCloseable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHECKSUM = 32;
    private static final int AT_ONCE = 1 << 26;

    private final Arena arena;
    private final MemorySegment content; // without the checksum
    private long at;

    private SessionInput(Arena arena, MemorySegment content) {
        this.arena = arena;
        this.content = content;
    }

    /// @throws InvalidFile when the file is missing or cannot be read
    @SuppressWarnings("MustBeClosedChecker") // closed with what is returned
    static SessionInput open(Path file) {
        if (Files.isDirectory(file)) {
            throw new InvalidFile(file + " is a directory, not a file");
        }
        Arena arena = Arena.ofConfined();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new SessionInput(arena, checked(all));
        } catch (NoSuchFileException e) {
            arena.close();
            throw new InvalidFile(file + " does not exist", e);
        } catch (IOException e) {
            arena.close();
            throw new InvalidFile(file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            arena.close();
            throw new InvalidFile(file + " is no conversation that can be read: " + e.getMessage(), e);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    private static MemorySegment checked(MemorySegment all) {
        int start = SessionFile.MAGIC.length + Integer.BYTES;
        if (all.byteSize() < start + CHECKSUM) {
            throw new IllegalArgumentException("it has only " + all.byteSize() + " bytes");
        }
        byte[] magic = all.asSlice(0, SessionFile.MAGIC.length).toArray(ValueLayout.JAVA_BYTE);
        if (!Arrays.equals(magic, SessionFile.MAGIC)) {
            throw new IllegalArgumentException("it is a file of another kind");
        }
        int version = all.get(INT, SessionFile.MAGIC.length);
        if (version != SessionFile.VERSION) {
            throw new IllegalArgumentException(
                    "its version is " + version + ", and only " + SessionFile.VERSION + " is known");
        }
        MemorySegment content = all.asSlice(0, all.byteSize() - CHECKSUM);
        MessageDigest digest = SessionOutput.sha256();
        for (long at = 0; at < content.byteSize(); at += AT_ONCE) {
            digest.update(content.asSlice(at, Math.min(AT_ONCE, content.byteSize() - at))
                    .asByteBuffer());
        }
        if (!MessageDigest.isEqual(
                digest.digest(), all.asSlice(content.byteSize()).toArray(ValueLayout.JAVA_BYTE))) {
            throw new IllegalArgumentException("its checksum is wrong: it is damaged or cut off");
        }
        return content.asSlice(start);
    }

    /// The next part.
    MemorySegment section(String name, long most) {
        if (content.byteSize() - at < Long.BYTES) {
            throw new IllegalArgumentException("its " + name + " is missing");
        }
        long length = content.get(LONG, at);
        at += Long.BYTES;
        if (length < 0 || length > Math.min(most, content.byteSize() - at)) {
            throw new IllegalArgumentException("its " + name + " claims " + length + " bytes");
        }
        MemorySegment section = content.asSlice(at, length);
        at += length;
        return section;
    }

    byte[] bytes(String name, long most) {
        return section(name, most).toArray(ValueLayout.JAVA_BYTE);
    }

    /// The next part as ids of tokens.
    int[] cells(int vocabulary) {
        MemorySegment section = section("list of tokens", Integer.MAX_VALUE);
        if (section.byteSize() % Integer.BYTES != 0) {
            throw new IllegalArgumentException("its list of tokens has " + section.byteSize() + " bytes");
        }
        int[] cells = section.toArray(INT);
        for (int cell : cells) {
            if (cell < 0 || cell >= vocabulary) {
                throw new IllegalArgumentException("token " + cell + " is not one of " + vocabulary);
            }
        }
        return cells;
    }

    @Override
    public void close() {
        arena.close();
    }
}
