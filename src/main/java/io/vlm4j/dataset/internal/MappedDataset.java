package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetSplit;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A function over a dataset. What reorders or cuts is handed down, so that a source that can jump still does.
final class MappedDataset<S, T> extends AbstractDataset<T> {
    private final AbstractDataset<S> source;
    private final Function<? super S, ? extends T> function;

    MappedDataset(AbstractDataset<S> source, Function<? super S, ? extends T> function) {
        this.source = source;
        this.function = Objects.requireNonNull(function, "function");
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        LookaheadCursor<S> elements = source.open(position);
        return new LookaheadCursor<>(position) {
            @Override
            @Nullable
            T read() {
                return elements.hasNext()
                        ? Objects.requireNonNull(function.apply(elements.next()), "a mapped element")
                        : null;
            }

            @Override
            long reached() {
                return elements.position();
            }

            @Override
            void release() {
                elements.close();
            }
        };
    }

    @Override
    public long size() {
        return source.size();
    }

    @Override
    public Dataset<T> shuffle(long seed, int buffer) {
        return source.shuffle(seed, buffer).map(function);
    }

    @Override
    public DatasetSplit<T> split(double test, long seed) {
        DatasetSplit<S> parts = source.split(test, seed);
        return new DatasetSplit<>(parts.train().map(function), parts.test().map(function));
    }

    @Override
    public Dataset<T> take(long count) {
        return source.take(count).map(function);
    }

    @Override
    public Dataset<T> skip(long count) {
        return source.skip(count).map(function);
    }
}
