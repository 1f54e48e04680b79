package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetSplit;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What passes a test. Positions are the source's; orders and splits are handed down, which changes nothing but
/// what it costs.
final class FilteredDataset<T> extends AbstractDataset<T> {
    private final AbstractDataset<T> source;
    private final Predicate<? super T> test;

    FilteredDataset(AbstractDataset<T> source, Predicate<? super T> test) {
        this.source = source;
        this.test = Objects.requireNonNull(test, "test");
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        LookaheadCursor<T> elements = source.open(position);
        return new LookaheadCursor<>(position) {
            @Override
            @Nullable
            T read() {
                while (elements.hasNext()) {
                    T element = elements.next();
                    if (test.test(element)) {
                        return element;
                    }
                }
                return null;
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
        return source.shuffle(seed, buffer).filter(test);
    }

    @Override
    public DatasetSplit<T> split(double share, long seed) {
        DatasetSplit<T> parts = source.split(share, seed);
        return new DatasetSplit<>(parts.train().filter(test), parts.test().filter(test));
    }
}
