package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.DatasetSplit;
import org.jspecify.annotations.Nullable;

/// One dataset behind another. Positions of the second follow those of the first.
final class ConcatenatedDataset<T> extends AbstractDataset<T> {
    private final AbstractDataset<T> first;
    private final AbstractDataset<T> second;
    private final long border;

    ConcatenatedDataset(AbstractDataset<T> first, AbstractDataset<T> second) {
        this.first = first;
        this.second = second;
        this.border = first.size();
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        requirePosition(position);
        return new LookaheadCursor<>(position) {
            private boolean behind = position >= border;
            private LookaheadCursor<T> elements = behind ? second.open(position - border) : first.open(position);

            @Override
            @Nullable
            T read() {
                if (!behind && !elements.hasNext()) {
                    elements.close();
                    elements = second.open(0);
                    behind = true;
                }
                return elements.hasNext() ? elements.next() : null;
            }

            @Override
            long reached() {
                return elements.position() + (behind ? border : 0);
            }

            @Override
            void release() {
                elements.close();
            }
        };
    }

    @Override
    public long size() {
        return border + second.size();
    }

    @Override
    public DatasetSplit<T> split(double test, long seed) {
        DatasetSplit<T> one = first.split(test, seed);
        DatasetSplit<T> other = second.split(test, seed + 1);
        return new DatasetSplit<>(one.train().concat(other.train()), one.test().concat(other.test()));
    }
}
