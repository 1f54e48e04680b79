package io.vlm4j.dataset.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Mixes elements in a buffer of bounded size: each is drawn from the buffer at random and replaced by the next of the
/// source. A position is the number of elements that were given; going on there replays the draws.
final class BufferedShuffle<T> extends AbstractDataset<T> {
    private final AbstractDataset<T> source;
    private final long seed;
    private final int capacity;

    BufferedShuffle(AbstractDataset<T> source, long seed, int capacity) {
        this.source = source;
        this.seed = seed;
        this.capacity = capacity;
    }

    @Override
    public LookaheadCursor<T> open(long position) {
        requirePosition(position);
        LookaheadCursor<T> elements = source.open(0);
        return new LookaheadCursor<>(position) {
            private final Random random = Seeds.random(seed);
            private final List<T> buffer = new ArrayList<>();
            private long at;

            @Override
            @Nullable
            T read() {
                while (at < position) {
                    if (draw() == null) {
                        return null;
                    }
                }
                return draw();
            }

            private @Nullable T draw() {
                while (buffer.size() < capacity && elements.hasNext()) {
                    buffer.add(elements.next());
                }
                if (buffer.isEmpty()) {
                    return null;
                }
                at++;
                int index = random.nextInt(buffer.size());
                T last = buffer.removeLast();
                return index == buffer.size() ? last : buffer.set(index, last);
            }

            @Override
            long reached() {
                return Math.max(at, position);
            }

            @Override
            void release() {
                buffer.clear();
                elements.close();
            }
        };
    }

    @Override
    public long size() {
        return source.size();
    }
}
