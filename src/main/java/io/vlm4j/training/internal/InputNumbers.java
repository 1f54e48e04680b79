package io.vlm4j.training.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// The inputs of an [ExampleGraph] for one example.
///
/// @param arena      what is made lives in it
/// @param vocabulary tokens of the model
/// @param weight     of this example's mean loss
/// @param dropout    share of the adapters' inputs that are zeroed
/// @param seed       of which ones
record InputNumbers(Arena arena, Sample sample, int vocabulary, float weight, float dropout, long seed) {
    MemorySegment tokens() {
        return ints(IntStream.range(0, sample.rows())
                .map(sample::id)
                .filter(id -> id != Sample.IMAGE)
                .toArray());
    }

    /// For each row its number among those of tokens, and behind them those of pictures.
    MemorySegment order() {
        int[] order = new int[sample.rows()];
        int token = 0;
        int image = order.length - sample.imageRows();
        for (int i = 0; i < order.length; i++) {
            order[i] = sample.id(i) == Sample.IMAGE ? image++ : token++;
        }
        return ints(order);
    }

    MemorySegment tokenPlaces() {
        return ints(places(id -> id != Sample.IMAGE));
    }

    MemorySegment imagePlaces() {
        return ints(places(id -> id == Sample.IMAGE));
    }

    private int[] places(IntPredicate wanted) {
        return IntStream.range(0, sample.rows())
                .filter(i -> wanted.test(sample.id(i)))
                .toArray();
    }

    MemorySegment features() {
        MemorySegment features =
                Objects.requireNonNull(sample.features(), "features").segment();
        return features.isNative()
                ? features
                : arena.allocate(features.byteSize()).copyFrom(features);
    }

    MemorySegment positions() {
        return ints(sample.positions());
    }

    /// For an example of so many rows: nobody sees what comes later.
    MemorySegment mask(int rows) {
        MemorySegment mask = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * rows);
        for (int query = 0; query < rows; query++) {
            for (int key = query + 1; key < rows; key++) {
                mask.setAtIndex(ValueLayout.JAVA_FLOAT, (long) query * rows + key, Float.NEGATIVE_INFINITY);
            }
        }
        return mask;
    }

    MemorySegment scored() {
        return ints(sample.supervised());
    }

    MemorySegment labels() {
        int[] scored = sample.supervised();
        MemorySegment labels = arena.allocate(ValueLayout.JAVA_FLOAT, (long) vocabulary * scored.length);
        for (int i = 0; i < scored.length; i++) {
            labels.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * vocabulary + sample.label(scored[i] + 1), 1);
        }
        return labels;
    }

    MemorySegment share() {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, weight);
    }

    MemorySegment dropout(long length) {
        MemorySegment pool = arena.allocate(ValueLayout.JAVA_FLOAT, length);
        Dropout.fill(pool, dropout, seed);
        return pool;
    }

    private MemorySegment ints(int[] values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }
}
