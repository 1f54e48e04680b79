package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Hub;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A file to push, as it was when the push began. One thread at a time, but for slices.
final class SourceFile {
    private static final int PIECE = 1 << 16;
    private static final int SAMPLE = 512;

    private final String path;
    private final Path file;
    private final long size;
    private final FileTime modified;
    private @Nullable String sha256;
    private @Nullable String blobId;

    /// @param path in the repository
    /// @param file without links
    SourceFile(String path, Path file, BasicFileAttributes attributes) {
        this.path = path;
        this.file = file;
        this.size = attributes.size();
        this.modified = attributes.lastModifiedTime();
    }

    String path() {
        return path;
    }

    long size() {
        return size;
    }

    /// What the hub decides by how the file is stored.
    byte[] sample() {
        try (InputStream in = open(0, Math.min(SAMPLE, size))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /// What a large file is known by.
    ///
    /// @param progress is told of bytes as they are read, the first time
    String sha256(LongConsumer progress) {
        if (sha256 == null) {
            sha256 = digest(digest("SHA-256"), progress);
        }
        return sha256;
    }

    String sha256() {
        return sha256(_ -> {});
    }

    /// What git knows a file by.
    String blobId() {
        if (blobId == null) {
            MessageDigest digest = digest("SHA-1");
            digest.update(("blob " + size + "\0").getBytes(StandardCharsets.ISO_8859_1));
            blobId = digest(digest, _ -> {});
        }
        return blobId;
    }

    private String digest(MessageDigest digest, LongConsumer progress) {
        byte[] piece = new byte[PIECE];
        try (InputStream in = open(0, size)) {
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                digest.update(piece, 0, count);
                progress.accept(count);
                Pause.requireGoingOn();
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        requireUnchanged();
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    /// @throws IOException also when it is shorter than it was
    InputStream open(long start, long length) throws IOException {
        return new FileSlice(file, start, length);
    }

    Content slice(long start, long length) {
        return new Content() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream open() throws IOException {
                return SourceFile.this.open(start, length);
            }

            @Override
            public void requireUnchanged() {
                SourceFile.this.requireUnchanged();
            }
        };
    }

    /// @throws Hub when it is not what it was
    void requireUnchanged() {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (now.size() == size && now.lastModifiedTime().equals(modified) && now.isRegularFile()) {
                return;
            }
        } catch (IOException e) {
            throw new Hub(Hub.Reason.FILE_CHANGED, 0, file + " was there and cannot be read any more: " + e, e);
        }
        throw new Hub(Hub.Reason.FILE_CHANGED, file + " changed while it was being pushed");
    }

    private UncheckedIOException unreadable(IOException e) {
        requireUnchanged();
        return new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
}
