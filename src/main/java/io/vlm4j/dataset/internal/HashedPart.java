package io.vlm4j.dataset.internal;

import org.jspecify.annotations.Nullable;

/// One part of a split of what cannot be counted in advance: a hash of each element's position decides. Positions are
/// the source's.
final class HashedPart<T> extends AbstractDataset<T> {
    private final AbstractDataset<T> source;
    private final double share;
    private final long seed;
    private final boolean test;

    HashedPart(AbstractDataset<T> source, double share, long seed, boolean test) {
        this.source = source;
        this.share = share;
        this.seed = seed;
        this.test = test;
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
                    if (unit(Seeds.mixed(seed) + elements.position()) < share == test) {
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

    /// 0 inclusive to 1 exclusive.
    private static double unit(long value) {
        return (Seeds.mixed(value) >>> 11) * 0x1.0p-53;
    }

    @Override
    public long size() {
        return source.size();
    }
}
