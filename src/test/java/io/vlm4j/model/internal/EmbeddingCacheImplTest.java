package io.vlm4j.model.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The cache with an encoder that fills memory with a number.
@Timeout(60)
class EmbeddingCacheImplTest {
    private static final Shape SHAPE = Shape.of(5, 5);
    private static final int BYTES = 100;
    private static final FileTime LONG_AGO = FileTime.fromMillis(0);
    private static final EncoderIdentity ENCODER =
            new EncoderIdentity(new FileStamp(Path.of("mmproj"), 1, LONG_AGO, LONG_AGO, ""), "settings");

    @TempDir
    private Path folder;

    private final List<Integer> encoded = new ArrayList<>();

    private static EmbeddingCacheImpl memory(long bytes) {
        return EmbeddingCacheImpl.open(EmbeddingCacheOptions.defaults().withMemoryBytes(bytes));
    }

    private static EmbeddingKey key(int picture) {
        return new EmbeddingKey(ENCODER, "IMAGE " + picture, SHAPE);
    }

    private MediaEmbeddings get(EmbeddingCacheImpl cache, int picture) {
        return cache.get(key(picture), out -> {
            encoded.add(picture);
            out.fill((byte) picture);
        });
    }

    /// Whether it was there already.
    private boolean ask(EmbeddingCacheImpl cache, int picture) {
        try (MediaEmbeddings found = get(cache, picture)) {
            assertHolds(found, picture);
            return found.cached();
        }
    }

    private static void assertHolds(MediaEmbeddings found, int picture) {
        byte[] expected = new byte[BYTES];
        Arrays.fill(expected, (byte) picture);
        assertThat(found.tensor().segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }

    private static Consumer<MemorySegment> unreachable() {
        return out -> {
            throw new AssertionError("encoded although it was there");
        };
    }

    @Test
    void aHitEncodesNothing() {
        try (EmbeddingCacheImpl cache = memory(1000)) {
            assertThat(ask(cache, 1)).isFalse();
            try (MediaEmbeddings again = cache.get(key(1), unreachable())) {
                assertThat(again.cached()).isTrue();
                assertHolds(again, 1);
            }
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCacheImpl.Statistics(1, 0, 1, 0, 0, 1, BYTES));
        }
    }

    @Test
    void theBoundHoldsAndTheLeastRecentlyUsedGoFirst() {
        try (EmbeddingCacheImpl cache = memory(3 * BYTES + 99)) {
            Stream.of(1, 2, 3).forEach(picture -> ask(cache, picture));
            assertThat(ask(cache, 1)).isTrue();
            assertThat(ask(cache, 4)).isFalse(); // 2 gives way
            assertThat(cache.statistics().bytes()).isEqualTo(3 * BYTES);
            assertThat(cache.statistics().evictions()).isEqualTo(1);
            assertThat(ask(cache, 1)).isTrue();
            assertThat(ask(cache, 3)).isTrue();
            assertThat(ask(cache, 4)).isTrue();
            assertThat(ask(cache, 2)).isFalse(); // 1 gives way
            assertThat(ask(cache, 1)).isFalse();
            assertThat(encoded).containsExactly(1, 2, 3, 4, 2, 1);
            assertThat(cache.statistics().entries()).isEqualTo(3);
        }
    }

    @Test
    void whatIsLargerThanTheCacheIsNotKept() {
        try (EmbeddingCacheImpl cache = memory(BYTES)) {
            ask(cache, 1);
            Shape large = Shape.of(26, 1);
            cache.get(new EmbeddingKey(ENCODER, "IMAGE 2", large), out -> {}).close();

            assertThat(ask(cache, 1)).isTrue();
            assertThat(cache.statistics().evictions()).isZero();
        }
    }

    @Test
    void whatIsInUseStaysValidWhenItGivesWay() {
        try (EmbeddingCacheImpl cache = memory(BYTES)) {
            MediaEmbeddings first = get(cache, 1);
            MediaEmbeddings same = get(cache, 1);
            ask(cache, 2);
            assertThat(cache.statistics().evictions()).isEqualTo(1);
            assertHolds(first, 1);
            first.close();
            first.close();
            assertThatIllegalStateException().isThrownBy(() -> first.tensor().getFloat(0, 0));
            assertHolds(same, 1);
            assertThat(ask(cache, 1)).isFalse(); // another one by now
            assertHolds(same, 1);
            same.close();
        }
    }

    @Test
    void memoryIsFreedByWhoeverUsesItLast() {
        CachedEmbedding entry = new CachedEmbedding(SHAPE);
        entry.keep();
        entry.use(1);
        entry.giveBack();
        entry.drop();
        assertThat(entry.memory().scope().isAlive()).isTrue();
        entry.giveBack();
        assertThat(entry.memory().scope().isAlive()).isFalse();

        CachedEmbedding kept = new CachedEmbedding(SHAPE);
        kept.keep();
        kept.giveBack();
        assertThat(kept.memory().scope().isAlive()).isTrue();
        kept.drop();
        assertThat(kept.memory().scope().isAlive()).isFalse();
    }

    @Test
    void closingLeavesWhatWasHandedOut() {
        EmbeddingCacheImpl cache = memory(1000);
        try (MediaEmbeddings out = get(cache, 1)) {
            cache.close();
            cache.close();
            assertHolds(out, 1);
            assertThat(cache.statistics().bytes()).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> get(cache, 1))
                    .withMessageContaining("the embedding cache is closed");
            assertThatIllegalStateException().isThrownBy(cache::clear);
        }
    }

    @Test
    void clearingForgetsWhatIsInMemory() {
        try (EmbeddingCacheImpl cache = memory(1000)) {
            ask(cache, 1);
            cache.clear();
            assertThat(cache.statistics().entries()).isZero();
            assertThat(ask(cache, 1)).isFalse();
        }
    }

    @Test
    void noneKeepsNothingAndCannotBeClosed() {
        EmbeddingCacheImpl.NONE.close();
        assertThat(ask(EmbeddingCacheImpl.NONE, 1)).isFalse();
        assertThat(ask(EmbeddingCacheImpl.NONE, 1)).isFalse();
        EmbeddingCacheImpl.NONE.clear();
        assertThat(EmbeddingCacheImpl.NONE.statistics())
                .isEqualTo(new EmbeddingCacheImpl.Statistics(0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void everythingInTheKeyTellsEncodingsApart() {
        FileStamp file = ENCODER.file();
        List<EmbeddingKey> keys = List.of(
                key(1),
                key(2),
                new EmbeddingKey(ENCODER, "AUDIO 1", SHAPE),
                new EmbeddingKey(ENCODER, "IMAGE 1", Shape.of(25, 1)),
                new EmbeddingKey(new EncoderIdentity(file, "other settings"), "IMAGE 1", SHAPE),
                new EmbeddingKey(
                        new EncoderIdentity(new FileStamp(file.path(), 2, LONG_AGO, LONG_AGO, ""), "settings"),
                        "IMAGE 1",
                        SHAPE));

        assertThat(keys).doesNotHaveDuplicates();
        assertThat(keys.subList(0, 5).stream().map(key -> EmbeddingFile.name(key.lasting("projector"))))
                .doesNotHaveDuplicates();
        assertThat(key(1).lasting("projector")).isNotEqualTo(key(1).lasting("another"));
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void twoThreadsThatNeedTheSameEncodeItOnce() throws Exception {
        AtomicInteger encodings = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (EmbeddingCacheImpl cache = memory(0)) { // not even kept: the second gets the first's
            CompletableFuture<MediaEmbeddings> first = CompletableFuture.supplyAsync(() -> cache.get(key(1), out -> {
                encodings.incrementAndGet();
                begun.countDown();
                awaitQuietly(goOn);
                out.fill((byte) 1);
            }));
            begun.await();
            CompletableFuture<MediaEmbeddings> second = new CompletableFuture<>();
            Thread waiter = Thread.ofPlatform().start(() -> second.complete(cache.get(key(1), unreachable())));
            awaitWaiting(waiter);
            assertThat(ask(cache, 2)).isFalse(); // another picture does not wait
            goOn.countDown();

            try (MediaEmbeddings mine = first.get(30, TimeUnit.SECONDS)) {
                assertThat(mine.cached()).isFalse();
                assertHolds(mine, 1);
            }
            try (MediaEmbeddings theirs = second.get(30, TimeUnit.SECONDS)) {
                assertThat(theirs.cached()).isTrue();
                assertHolds(theirs, 1);
            }
            assertThat(encodings).hasValue(1);
            waiter.join();
        }
    }

    @Test
    void aFailureDoesNotPoisonTheOthers() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (EmbeddingCacheImpl cache = memory(1000)) {
            CompletableFuture<MediaEmbeddings> first = CompletableFuture.supplyAsync(() -> cache.get(key(1), out -> {
                begun.countDown();
                awaitQuietly(goOn);
                throw new IllegalStateException("out of luck");
            }));
            begun.await();
            CompletableFuture<Boolean> second = new CompletableFuture<>();
            Thread waiter = Thread.ofPlatform().start(() -> second.complete(ask(cache, 1)));
            awaitWaiting(waiter);
            goOn.countDown();

            assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS)).hasRootCauseMessage("out of luck");
            assertThat(second.get(30, TimeUnit.SECONDS)).isFalse();
            assertThat(ask(cache, 1)).isTrue();
            waiter.join();
        }
    }

    @Test
    void closingWhileSomebodyEncodesLosesNothing() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        EmbeddingCacheImpl cache = memory(1000);
        CompletableFuture<MediaEmbeddings> first = CompletableFuture.supplyAsync(() -> cache.get(key(1), out -> {
            begun.countDown();
            awaitQuietly(goOn);
            out.fill((byte) 1);
        }));
        begun.await();
        cache.close();
        goOn.countDown();

        try (MediaEmbeddings result = first.get(30, TimeUnit.SECONDS)) {
            assertHolds(result, 1);
            assertThat(cache.statistics().entries()).isZero();
        }
    }

    @Test
    void manyThreadsOnASmallCacheReadOnlyWhatTheyAskedFor() throws Exception {
        try (EmbeddingCacheImpl cache = memory(2 * BYTES)) {
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int first = thread;
                threads.add(CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 500; i++) {
                        int picture = (first + i) % 5;
                        try (MediaEmbeddings found = cache.get(key(picture), out -> out.fill((byte) picture))) {
                            assertHolds(found, picture);
                        }
                    }
                }));
            }
            for (CompletableFuture<Void> thread : threads) {
                thread.get(50, TimeUnit.SECONDS);
            }
            assertThat(cache.statistics().bytes()).isLessThanOrEqualTo(2 * BYTES);
            assertThat(cache.statistics().hits() + cache.statistics().misses()).isEqualTo(4000);
        }
    }

    @Test
    void theFolderAnswersAfterARestart() throws IOException {
        Path projector = Files.writeString(folder.resolve("mmproj"), "weights");
        EmbeddingKey key = new EmbeddingKey(new EncoderIdentity(FileStamp.of(projector), "s"), "IMAGE 1", SHAPE);
        EmbeddingCacheOptions options = EmbeddingCacheOptions.defaults().withDirectory(folder.resolve("cache"));
        try (EmbeddingCacheImpl cache = EmbeddingCacheImpl.open(options)) {
            cache.get(key, out -> out.fill((byte) 7)).close();
        }
        try (EmbeddingCacheImpl cache = EmbeddingCacheImpl.open(options)) {
            for (int i = 0; i < 2; i++) {
                try (MediaEmbeddings found = cache.get(key, unreachable())) {
                    assertThat(found.cached()).isTrue();
                    assertHolds(found, 7);
                }
            }
            assertThat(cache.statistics()).isEqualTo(new EmbeddingCacheImpl.Statistics(1, 1, 0, 0, 0, 1, BYTES));
        }
        try (EmbeddingCacheImpl cache = EmbeddingCacheImpl.open(options.withMemoryBytes(0))) {
            cache.get(key, unreachable()).close();
            cache.get(key, unreachable()).close();
            assertThat(cache.statistics().diskHits()).isEqualTo(2);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
