package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileHashesTest {
    /// As `printf 'a picture' | sha256sum` prints it.
    private static final String HASH = "92b2fa58028958317e408bd84ecfa70f5ee35b121991dbc232c49d166353708b";

    @TempDir
    private Path folder;

    private Path file;
    private CacheFolder cache;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("file"), "a picture");
        cache = new CacheFolder(folder.resolve("cache"), 1000);
    }

    private List<Path> remembered() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.toList();
        }
    }

    /// A stamp that says the file is old.
    private FileStamp settled() throws IOException {
        FileStamp stamp = FileStamp.of(file);
        FileTime old = FileTime.from(Instant.now().minusSeconds(60));
        return new FileStamp(stamp.path(), stamp.size(), old, old, stamp.node());
    }

    @Test
    void theHashIsThatOfTheContent() throws IOException {
        assertThat(new FileHashes(cache).of(FileStamp.of(file))).hasValue(HASH);
    }

    @Test
    void theHashOfAFileJustWrittenIsNotRemembered() throws IOException {
        new FileHashes(cache).of(FileStamp.of(file));

        assertThat(remembered()).isEmpty();
    }

    @Test
    void aFileThatChangedSinceItsStampHasNoHash() throws IOException {
        FileHashes hashes = new FileHashes(cache);
        FileStamp before = FileStamp.of(file);
        Files.writeString(file, "another one");

        assertThat(hashes.of(before)).isEmpty();
        assertThat(cache.failures()).isEqualTo(1);
        assertThat(hashes.of(FileStamp.of(file))).isPresent();
    }

    @Test
    void sizeAndTimeSetBackDoNotHideAChange() throws IOException {
        FileStamp before = FileStamp.of(file);
        FileTime time = Files.getLastModifiedTime(file);
        FileStamp after;
        do { // until the file system's clock has moved
            Files.writeString(file, "b picture");
            Files.setLastModifiedTime(file, time);
            after = FileStamp.of(file);
        } while (after.changed().equals(before.changed()));

        assertThat(after.size()).isEqualTo(before.size());
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(after).isNotEqualTo(before);
        assertThat(before.holds()).isFalse();
    }

    @Test
    void aRememberedHashSavesReadingTheFile() throws IOException {
        FileStamp stamp = settled();
        String digits = "ab".repeat(32);
        cache.write(
                name(stamp), 64, channel -> channel.write(ByteBuffer.wrap(digits.getBytes(StandardCharsets.US_ASCII))));

        assertThat(new FileHashes(cache).of(stamp)).hasValue(digits);
    }

    @Test
    void aDamagedMemoryIsForgotten() throws IOException {
        FileStamp stamp = FileStamp.of(file);
        Path memory = folder.resolve("cache").resolve(name(stamp));
        Files.writeString(memory, "no hash".repeat(10).substring(0, 64));

        assertThat(new FileHashes(cache).of(stamp)).hasValue(HASH);
        assertThat(memory).doesNotExist();
    }

    private static String name(FileStamp stamp) {
        return HexFormat.of().formatHex(Sha256.of(stamp.toString())) + ".sha256";
    }
}
