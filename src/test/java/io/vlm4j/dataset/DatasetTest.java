package io.vlm4j.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DatasetTest {
    private static final int SIZE = 100;

    private static Dataset<Integer> numbers(int size) {
        return Dataset.of(IntStream.range(0, size).boxed().toList());
    }

    /// A dataset that can only be read in order.
    private static Dataset<Integer> sequence(int size) {
        return numbers(size).filter(_ -> true).take(size);
    }

    static Stream<Dataset<Integer>> datasets() {
        Dataset<Integer> numbers = numbers(SIZE);
        return Stream.of(
                numbers,
                sequence(SIZE),
                numbers.map(number -> -number),
                numbers.filter(number -> number % 3 == 1),
                numbers.shuffle(5),
                sequence(SIZE).shuffle(5, 7),
                numbers.shuffle(5).filter(number -> number % 3 == 1).map(number -> number + 1),
                numbers.split(0.3, 1).train(),
                numbers.split(0.3, 1).test().shuffle(3),
                sequence(SIZE).split(0.3, 1).test(),
                numbers.take(17),
                numbers.skip(90),
                sequence(SIZE).skip(90),
                sequence(SIZE).filter(number -> number > 5).skip(3).take(11),
                numbers.take(5).concat(numbers.map(number -> number * 2)),
                numbers.concat(sequence(9)).filter(number -> number % 2 == 0));
    }

    @ParameterizedTest
    @MethodSource("datasets")
    void eachReadingGivesTheSameAndCanGoOnAnywhere(Dataset<Integer> dataset) {
        List<Integer> all = dataset.toList();
        assertThat(dataset.toList()).isEqualTo(all).isNotEmpty();

        List<Long> positions = new ArrayList<>();
        try (DatasetCursor<Integer> cursor = dataset.open()) {
            positions.add(cursor.position());
            while (cursor.hasNext()) {
                assertThat(cursor.position()).isEqualTo(positions.getLast()); // looking ahead moves nothing
                cursor.next();
                positions.add(cursor.position());
            }
        }
        for (int i = 0; i < positions.size(); i++) {
            List<Integer> rest = new ArrayList<>();
            try (DatasetCursor<Integer> cursor = dataset.open(positions.get(i))) {
                cursor.forEachRemaining(rest::add);
            }
            assertThat(rest).isEqualTo(all.subList(i, all.size()));
        }
    }

    @ParameterizedTest
    @MethodSource("datasets")
    void splitsAreDisjointAndTogetherTheWhole(Dataset<Integer> dataset) {
        DatasetSplit<Integer> split = dataset.split(0.25, 9);
        List<Integer> train = split.train().toList();
        List<Integer> together = new ArrayList<>(train);
        together.addAll(split.test().toList());

        assertThat(together).containsExactlyInAnyOrderElementsOf(dataset.toList());
        assertThat(dataset.split(0.25, 9).train().toList()).isEqualTo(train);
    }

    @ParameterizedTest
    @MethodSource("datasets")
    void shufflingLosesNothing(Dataset<Integer> dataset) {
        List<Integer> shuffled = dataset.shuffle(11, 4).toList();

        assertThat(shuffled).containsExactlyInAnyOrderElementsOf(dataset.toList());
        assertThat(dataset.shuffle(11, 4).toList()).isEqualTo(shuffled);
    }

    @Test
    void whatCanJumpIsPermutedExactly() {
        int[][] counts = new int[4][4]; // how often each element comes at each place
        for (int seed = 0; seed < 4000; seed++) {
            List<Integer> order = numbers(4).shuffle(seed).toList();
            for (int place = 0; place < 4; place++) {
                counts[order.get(place)][place]++;
            }
        }

        assertThat(Stream.of(counts).flatMapToInt(IntStream::of))
                .allSatisfy(count -> assertThat(count).isBetween(850, 1150));
        assertThat(numbers(SIZE).shuffle(1).toList())
                .isNotEqualTo(numbers(SIZE).shuffle(2).toList());
    }

    @Test
    void aBufferMixesAsFarAsItReaches() {
        List<Integer> mixed = sequence(SIZE).shuffle(1, 10).toList();

        assertThat(mixed).isNotEqualTo(sequence(SIZE).toList());
        for (int i = 0; i < SIZE; i++) {
            assertThat(mixed.get(i)).isLessThan(i + 10);
        }
        assertThat(sequence(SIZE).shuffle(1, 1).toList())
                .isEqualTo(sequence(SIZE).toList());
    }

    @Test
    void splitsOfSourcesAreExact() {
        assertThat(numbers(10).split(0.25, 1).test().size()).isEqualTo(3);
        assertThat(numbers(10).split(0.25, 1).test().toList()).hasSize(3).isSorted();
        assertThat(numbers(10)
                        .map(number -> "n" + number)
                        .split(0.25, 1)
                        .train()
                        .toList())
                .hasSize(7);
        assertThat(sequence(10000).split(0.25, 1).test().toList().size()).isBetween(2300, 2700);
    }

    @Test
    void slices() {
        assertThat(numbers(5).take(2).toList()).containsExactly(0, 1);
        assertThat(numbers(5).skip(3).toList()).containsExactly(3, 4);
        assertThat(numbers(5).take(9).toList()).hasSize(5);
        assertThat(numbers(5).skip(9).toList()).isEmpty();
        assertThat(numbers(9).filter(number -> number % 2 == 1).skip(1).take(2).toList())
                .containsExactly(3, 5);
        assertThat(numbers(2).concat(numbers(1)).toList()).containsExactly(0, 1, 0);
        assertThat(sequence(9).skip(7).size()).isEqualTo(2);
        assertThat(numbers(SIZE).take(3).shuffle(1).toList()).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void nothingIsReadThatNobodyAskedFor() {
        List<Integer> read = new ArrayList<>();
        Dataset<Integer> watched = numbers(SIZE).map(number -> {
            read.add(number);
            return number;
        });
        try (DatasetCursor<Integer> cursor = watched.open()) {
            cursor.next();
            cursor.next();
        }

        assertThat(read).containsExactly(0, 1);
    }

    @Test
    void cursorsSayWhenTheyAreMisused() {
        DatasetCursor<Integer> cursor = numbers(1).open();
        cursor.next();
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(cursor::next);
        cursor.close();
        cursor.close();
        assertThatIllegalStateException().isThrownBy(cursor::hasNext).withMessageContaining("closed");
    }

    @Test
    void senselessArgumentsAreRefused() {
        Dataset<Integer> numbers = numbers(3);
        assertThatIllegalArgumentException().isThrownBy(() -> numbers.open(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> numbers.open(4)).withMessageContaining("4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbers.shuffle(1, 0))
                .withMessageContaining("0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> numbers.split(1, 0))
                .withMessageContaining("1.0");
        assertThatIllegalArgumentException().isThrownBy(() -> numbers.split(Double.NaN, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> numbers.take(-2)).withMessageContaining("-2");
        assertThatIllegalArgumentException().isThrownBy(() -> numbers.skip(-2)).withMessageContaining("-2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DatasetOptions.builder().maxImages(0).build())
                .withMessageContaining("maxImages");
    }
}
