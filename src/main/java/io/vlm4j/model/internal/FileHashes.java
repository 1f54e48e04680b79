package io.vlm4j.model.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Hashes of the content of large files. A hash is computed once for a file as its stamp shows it, and remembered in
/// the folder for later processes.
///
/// Thread rule: thread-safe; who asks for a hash that is being computed waits for it.
final class FileHashes {
    private static final int DIGITS = 64;

    private final CacheFolder folder;
    private final Map<FileStamp, String> known = new ConcurrentHashMap<>();

    FileHashes(CacheFolder folder) {
        this.folder = folder;
    }

    /// The SHA-256 of the file's content as it was when the stamp was taken; empty when that is gone or unreadable.
    Optional<String> of(FileStamp file) {
        return Optional.ofNullable(known.computeIfAbsent(file, this::find));
    }

    private @Nullable String find(FileStamp file) {
        String name = HexFormat.of().formatHex(Sha256.of(file.toString())) + ".sha256";
        byte[] remembered = new byte[DIGITS];
        if (folder.read(name, channel -> isHash(channel, remembered))) {
            return text(remembered);
        }
        boolean settled = file.isSettled(); // asked before the file is read
        String hash = compute(file);
        if (settled && hash != null) {
            ByteBuffer digits = ByteBuffer.wrap(hash.getBytes(StandardCharsets.US_ASCII));
            folder.write(name, DIGITS, channel -> channel.write(digits));
        }
        return hash;
    }

    private static boolean isHash(FileChannel channel, byte[] digits) throws IOException {
        return channel.size() == DIGITS
                && channel.read(ByteBuffer.wrap(digits)) == DIGITS
                && text(digits).chars().allMatch(HexFormat::isHexDigit);
    }

    private static String text(byte[] digits) {
        return new String(digits, StandardCharsets.US_ASCII);
    }

    private @Nullable String compute(FileStamp file) {
        try {
            if (file.holds()) {
                String hash = HexFormat.of().formatHex(Sha256.of(file.path()));
                if (file.holds()) {
                    return hash;
                }
            }
            throw new IOException("it has changed since it was loaded");
        } catch (IOException e) {
            folder.failed("identify " + file.path(), e);
            return null;
        }
    }
}
