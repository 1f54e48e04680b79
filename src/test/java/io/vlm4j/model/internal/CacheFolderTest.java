package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheFolderTest {
    private static final int SIZE = 100;

    @TempDir
    private Path path;

    private static String name(int number) {
        return String.format("%064x.embedding", number);
    }

    private static void write(CacheFolder folder, int number) {
        folder.write(name(number), SIZE, channel -> channel.write(ByteBuffer.allocate(SIZE)));
    }

    private static boolean read(CacheFolder folder, int number) {
        return folder.read(name(number), channel -> channel.size() == SIZE);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void age(String name, Duration age) throws IOException {
        Files.setLastModifiedTime(
                path.resolve(name), FileTime.from(Instant.now().minus(age)));
    }

    @Test
    void filesAreFoundAgainAlsoByOthers() {
        write(new CacheFolder(path, 1000), 1);

        assertThat(read(new CacheFolder(path, 1000), 1)).isTrue();
        assertThat(read(new CacheFolder(path, 1000), 2)).isFalse();
    }

    @Test
    void theOnesUsedLongestAgoGiveWay() throws IOException {
        CacheFolder folder = new CacheFolder(path, 5 * SIZE);
        for (int i = 1; i <= 5; i++) {
            write(folder, i);
            age(name(i), Duration.ofMinutes(10 - i));
        }
        assertThat(read(folder, 1)).isTrue(); // the oldest, but used now
        write(folder, 6);

        assertThat(files()).containsExactly(name(1), name(4), name(5), name(6)); // a bit more than needed goes at once
    }

    @Test
    void whatAnotherProcessWroteIsCountedToo() throws IOException {
        CacheFolder mine = new CacheFolder(path, 32 * SIZE);
        CacheFolder theirs = new CacheFolder(path, 32 * SIZE);
        for (int i = 0; i < 200; i++) {
            write(i % 2 == 0 ? mine : theirs, i);
            assertThat(files()).hasSizeLessThanOrEqualTo(32 + 2); // each may be behind by a sixteenth
        }
        assertThat(files()).contains(name(199)).hasSizeGreaterThan(20);
    }

    @Test
    void aFileLargerThanAllTogetherIsNotWritten() throws IOException {
        CacheFolder folder = new CacheFolder(path, SIZE - 1);
        write(folder, 1);

        assertThat(files()).isEmpty();
        assertThat(folder.failures()).isZero();
    }

    @Test
    void aFolderThatIsTooLargeShrinksWhenItIsOpened() throws IOException {
        CacheFolder large = new CacheFolder(path, 100 * SIZE);
        for (int i = 0; i < 10; i++) {
            write(large, i);
            age(name(i), Duration.ofMinutes(10 - i));
        }
        new CacheFolder(path, 4 * SIZE);

        assertThat(files()).containsExactly(name(7), name(8), name(9));
    }

    @Test
    void badContentIsDeleted() throws IOException {
        CacheFolder folder = new CacheFolder(path, 1000);
        Files.writeString(path.resolve(name(1)), "short");

        assertThat(read(folder, 1)).isFalse();
        assertThat(files()).isEmpty();
        assertThat(folder.failures()).isZero();
    }

    @Test
    void whatIsNoFileIsNotRead() throws IOException, InterruptedException {
        CacheFolder folder = new CacheFolder(path, 1000);
        Files.createDirectories(path.resolve(name(1)).resolve("inside"));
        Path target = Files.write(path.resolve("target"), new byte[SIZE]);
        Files.createSymbolicLink(path.resolve(name(2)), target);
        int made = new ProcessBuilder("mkfifo", path.resolve(name(3)).toString())
                .start()
                .waitFor();

        assertThat(made).isZero();
        assertThat(read(folder, 1)).isFalse();
        assertThat(read(folder, 2)).isFalse();
        assertThat(read(folder, 3)).isFalse(); // and nobody waits for a writer
        write(folder, 1); // a folder is in its place
        write(folder, 2);
        assertThat(read(folder, 2)).isTrue();
        assertThat(target).exists();
        assertThat(folder.failures()).isEqualTo(2);
        assertThat(files()).containsExactly(name(1), name(2), "target");
    }

    @Test
    void leftoversOfKilledWritersAreClearedAwayOnceTheyAreOld() throws IOException {
        String old = name(1) + "." + UUID.randomUUID() + ".tmp";
        String young = name(2) + "." + UUID.randomUUID() + ".tmp";
        Files.write(path.resolve(old), new byte[SIZE / 2]);
        Files.write(path.resolve(young), new byte[SIZE / 2]);
        age(old, Duration.ofHours(2));
        CacheFolder folder = new CacheFolder(path, 1000);

        assertThat(files()).containsExactly(young);
        assertThat(read(folder, 1)).isFalse();
        assertThat(read(folder, 2)).isFalse();
    }

    @Test
    void filesOfOthersAreLeftAlone() throws IOException {
        List<String> others =
                List.of("letter.txt", "a.embedding", name(1).toUpperCase(Locale.ROOT), name(1) + ".tmp", "x.tmp");
        for (String other : others) {
            Files.write(path.resolve(other), new byte[10 * SIZE]);
            age(other, Duration.ofDays(400));
        }
        CacheFolder folder = new CacheFolder(path, 2 * SIZE);
        for (int i = 1; i <= 5; i++) {
            write(folder, i);
        }

        assertThat(files()).containsAll(others).contains(name(5));
    }

    @Test
    void failuresAreCountedAndNotThrown() throws IOException {
        Path gone = path.resolve("gone");
        CacheFolder folder = new CacheFolder(gone, 1000);
        Files.delete(gone);
        write(folder, 1);

        assertThat(read(folder, 1)).isFalse();
        assertThat(folder.failures()).isEqualTo(1);
    }

    @Test
    void aWriterThatFailsHalfwayLeavesNothing() throws IOException {
        CacheFolder folder = new CacheFolder(path, 1000);
        folder.write(name(1), SIZE, channel -> {
            channel.write(ByteBuffer.allocate(SIZE / 2));
            throw new IOException("No space left on device");
        });

        assertThat(files()).isEmpty();
        assertThat(folder.failures()).isEqualTo(1);
    }

    @Test
    void anInterruptedThreadLosesNoFile() throws IOException {
        CacheFolder folder = new CacheFolder(path, 1000);
        write(folder, 1);
        Thread.currentThread().interrupt();
        boolean found = folder.read(name(1), channel -> {
            channel.read(ByteBuffer.allocate(SIZE));
            return true;
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(found).isFalse();
        assertThat(read(folder, 1)).isTrue();
    }

    @Test
    void badFoldersAreRefusedAtOnce() throws IOException {
        Path file = Files.createFile(path.resolve("file"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CacheFolder(file, 1000))
                .withMessageContaining(file.toString());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CacheFolder(file.resolve("below"), 1000))
                .withMessageContaining("below");
    }

    @Test
    void aNewFolderIsForTheUserAlone() throws IOException {
        Path made = path.resolve("a").resolve("b");
        new CacheFolder(made, 1000);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwx------");
    }

    @Test
    void manyWritersAndReadersAtOnceSeeWholeFilesOnly() throws Exception {
        List<Callable<Long>> workers = new ArrayList<>();
        for (int worker = 0; worker < 4; worker++) {
            CacheFolder folder = new CacheFolder(path, 8 * SIZE); // each as of a process of its own
            int first = worker;
            workers.add(() -> {
                for (int i = 0; i < 300; i++) {
                    int number = (first + i) % 12;
                    boolean[] torn = new boolean[1];
                    folder.read(name(number), channel -> {
                        torn[0] = channel.size() != SIZE;
                        return true;
                    });
                    assertThat(torn[0]).isFalse();
                    write(folder, number);
                }
                return folder.failures();
            });
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (Future<Long> done : pool.invokeAll(workers)) {
                assertThat(done.get()).isZero();
            }
        }
        assertThat(files()).allMatch(name -> name.endsWith(".embedding"));
    }
}
