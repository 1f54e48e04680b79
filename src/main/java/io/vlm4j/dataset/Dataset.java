package io.vlm4j.dataset;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.internal.AbstractDataset;
import io.vlm4j.dataset.internal.IndexedDataset;
import io.vlm4j.dataset.internal.ListRows;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Elements in an order, read when they are asked for and as often as one likes. An immutable description: it holds no
/// file open, and what opens files, a [DatasetCursor], is what is closed.
///
/// {@snippet class="io.vlm4j.snippets.DatasetSnippets" region="dataset"}
///
/// A **position** says where a reading stands, so that it can be gone on with later: `open(cursor.position())` gives
/// what `cursor.next()` would have given. Positions begin at 0 and grow, but need not be dense: rows that are bad or
/// filtered out have theirs, too. All orders are reproducible: the same seed gives the same order in every run and on
/// every machine.
///
/// - **Owner**: it owns nothing, and there is nothing to close.
/// - **Threads**: thread-safe, as far as the functions are that it was made with; each cursor is for one thread.
public sealed interface Dataset<T> permits AbstractDataset {
    /// How many elements [#shuffle(long)] keeps in memory where it cannot jump.
    int DEFAULT_SHUFFLE_BUFFER = 512;

    /// Elements that are in memory.
    static <T> Dataset<T> of(List<T> elements) {
        return IndexedDataset.of(new ListRows<>(elements));
    }

    /// A reading from the beginning, which the caller closes.
    ///
    /// @throws Vlm4jException.InvalidFile when a file cannot be opened
    default DatasetCursor<T> open() {
        return open(0);
    }

    /// A reading from a position on, which the caller closes. Sources, also when they are shuffled in place, split or
    /// mapped, jump there; filters jump with their source; what counts elements ([#take], buffered shuffling) reads
    /// what is passed over once more.
    ///
    /// @param position 0, or what [DatasetCursor#position()] of this dataset said
    /// @throws IllegalArgumentException when there is no such position
    /// @throws Vlm4jException.InvalidFile when a file cannot be opened
    DatasetCursor<T> open(long position);

    /// The end of its positions: as many elements as there are at most, and exactly so many when no row is bad and none
    /// is filtered out. Known without reading.
    long size();

    /// Each element as something else, made when it is read.
    <R> Dataset<R> map(Function<? super T, ? extends R> function);

    /// The elements that pass a test, which is asked when they are read.
    Dataset<T> filter(Predicate<? super T> test);

    /// As [#shuffle(long, int)] with [#DEFAULT_SHUFFLE_BUFFER].
    default Dataset<T> shuffle(long seed) {
        return shuffle(seed, DEFAULT_SHUFFLE_BUFFER);
    }

    /// The same elements in another order.
    ///
    /// Where elements can be read in any order (lists, JSON files, folders), it is a permutation of all of them, each
    /// equally likely, and costs 4 bytes an element. Parquet is read row group by row group: the row groups of all
    /// files are permuted, and their rows mixed in a buffer, from which each next element is drawn at random and
    /// replaced by the next row. Other datasets that cannot jump are mixed in such a buffer alone.
    ///
    /// @param buffer elements that are kept in memory where it takes a buffer, with their pictures; 1 or more
    /// @throws IllegalArgumentException when the buffer holds nothing
    Dataset<T> shuffle(long seed, int buffer);

    /// Two parts without a common element, each in the order of this dataset; together they are all of it.
    ///
    /// Of sources, the rounded share of rows is drawn exactly. Where elements are not countable in advance (behind
    /// [#take], [#skip] or buffered shuffling), each goes to one of the parts by a hash of its position and the
    /// seed, so that the sizes are right on average. A filter behind a split and a split behind a filter are the
    /// same.
    ///
    /// @param test the share of the test part, above 0 and below 1
    /// @throws IllegalArgumentException for another share
    DatasetSplit<T> split(double test, long seed);

    /// The first elements, or all when there are fewer.
    ///
    /// @throws IllegalArgumentException for a negative count
    Dataset<T> take(long count);

    /// All but the first elements.
    ///
    /// @throws IllegalArgumentException for a negative count
    Dataset<T> skip(long count);

    /// These elements, and behind them those of another.
    Dataset<T> concat(Dataset<T> other);

    /// The elements as a stream, which must be closed: it holds a cursor.
    ///
    /// @throws Vlm4jException.InvalidFile when a file cannot be opened
    Stream<T> stream();

    /// All elements in memory.
    ///
    /// @throws Vlm4jException.InvalidFile when a file cannot be read, or has a bad row that is not to be skipped
    default List<T> toList() {
        try (Stream<T> elements = stream()) {
            return elements.toList();
        }
    }
}
