package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.dataset.DatasetSplit;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// What can be done with any dataset, by reading it.
public abstract non-sealed class AbstractDataset<T> implements Dataset<T> {
    @Override
    public abstract LookaheadCursor<T> open(long position);

    static void requirePosition(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("a position is 0 or more, not " + position);
        }
    }

    static void requireBuffer(int buffer) {
        if (buffer < 1) {
            throw new IllegalArgumentException("a shuffle buffer holds 1 element or more, not " + buffer);
        }
    }

    static void requireShare(double test) {
        if (!(test > 0 && test < 1)) {
            throw new IllegalArgumentException("the share of the test part must be above 0 and below 1: " + test);
        }
    }

    @Override
    public final <R> Dataset<R> map(Function<? super T, ? extends R> function) {
        return new MappedDataset<>(this, function);
    }

    @Override
    public final Dataset<T> filter(Predicate<? super T> test) {
        return new FilteredDataset<>(this, test);
    }

    @Override
    public Dataset<T> shuffle(long seed, int buffer) {
        requireBuffer(buffer);
        return new BufferedShuffle<>(this, seed, buffer);
    }

    @Override
    public DatasetSplit<T> split(double test, long seed) {
        requireShare(test);
        return new DatasetSplit<>(new HashedPart<>(this, test, seed, false), new HashedPart<>(this, test, seed, true));
    }

    @Override
    public Dataset<T> take(long count) {
        return new CountedSlice<>(this, 0, count);
    }

    @Override
    public Dataset<T> skip(long count) {
        return new CountedSlice<>(this, count, Long.MAX_VALUE);
    }

    @Override
    public final Dataset<T> concat(Dataset<T> other) {
        return new ConcatenatedDataset<>(this, (AbstractDataset<T>) other);
    }

    @Override
    public final Stream<T> stream() {
        DatasetCursor<T> cursor = open();
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(cursor, Spliterator.ORDERED | Spliterator.NONNULL), false)
                .onClose(cursor::close);
    }
}
