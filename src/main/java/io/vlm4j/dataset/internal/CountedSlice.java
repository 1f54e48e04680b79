package io.vlm4j.dataset.internal;

import org.jspecify.annotations.Nullable;

/// A slice of elements, counted as they are read. A position is the number of elements that were given.
final class CountedSlice<T> extends AbstractDataset<T> {
    private final AbstractDataset<T> source;
    private final long skipped;
    private final long count;

    CountedSlice(AbstractDataset<T> source, long skipped, long count) {
        if (skipped < 0 || count < 0) {
            throw new IllegalArgumentException("elements are counted from 0, not " + Math.min(skipped, count));
        }
        this.source = source;
        this.skipped = skipped;
        this.count = count;
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        requirePosition(position);
        LookaheadCursor<T> elements = source.open(0);
        return new LookaheadCursor<>(position) {
            private long toSkip = Math.addExact(skipped, position);
            private long at = position;

            @Override
            @Nullable
            T read() {
                for (; toSkip > 0 && elements.hasNext(); toSkip--) {
                    elements.next();
                }
                if (at >= count || !elements.hasNext()) {
                    return null;
                }
                at++;
                return elements.next();
            }

            @Override
            long reached() {
                return at;
            }

            @Override
            void release() {
                elements.close();
            }
        };
    }

    @Override
    public long size() {
        return Math.min(count, Math.max(0, source.size() - skipped));
    }
}
