package io.vlm4j.training.internal;

import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One example without padding, or several one behind the other, of which none sees another.
final class Sample {
    static final int IMAGE = -1;

    private final int[] ids;
    private final int[] labels;
    private final int[] supervised;
    private final int imageRows;
    private final @Nullable Tensor features;

    private final int[] positions;
    private final List<Integer> lengths;

    /// @param ids      of all rows; [#IMAGE] where a row of a picture stands
    /// @param labels   of all rows, not shifted; [ForwardInput#IGNORED] where nothing counts
    /// @param features F32 `[rows of pictures, width of the vision tower]`; null without pictures
    Sample(int[] ids, int[] labels, @Nullable Tensor features) {
        this(ids.clone(), labels.clone(), features, List.of(ids.length));
    }

    private Sample(int[] ids, int[] labels, @Nullable Tensor features, List<Integer> lengths) {
        this.ids = ids;
        this.labels = labels;
        this.features = features;
        this.lengths = List.copyOf(lengths);
        this.positions = lengths.stream()
                .flatMapToInt(length -> IntStream.range(0, length))
                .toArray();
        this.supervised = IntStream.range(0, ids.length - 1)
                .filter(row -> positions[row + 1] > 0 && labels[row + 1] != ForwardInput.IGNORED)
                .toArray();
        this.imageRows = (int) Arrays.stream(ids).filter(id -> id == IMAGE).count();
    }

    /// Examples as one, so that each matrix is read once for all of them.
    static Sample together(List<Sample> samples) {
        if (samples.size() == 1) {
            return samples.getFirst();
        }
        return new Sample(
                samples.stream()
                        .flatMapToInt(sample -> Arrays.stream(sample.ids))
                        .toArray(),
                samples.stream()
                        .flatMapToInt(sample -> Arrays.stream(sample.labels))
                        .toArray(),
                features(samples),
                samples.stream().flatMap(sample -> sample.lengths.stream()).toList());
    }

    private static @Nullable Tensor features(List<Sample> samples) {
        List<Tensor> parts = new ArrayList<>();
        for (Sample sample : samples) {
            if (sample.features != null) {
                parts.add(sample.features);
            }
        }
        if (parts.isEmpty()) {
            return null;
        }
        long rows = parts.stream().mapToLong(part -> part.shape().dim(0)).sum();
        long width = parts.getFirst().shape().dim(1);
        float[] all = new float[Math.toIntExact(rows * width)];
        int at = 0;
        for (Tensor part : parts) {
            MemorySegment numbers = part.segment();
            int count = Math.toIntExact(numbers.byteSize() / Float.BYTES);
            MemorySegment.copy(numbers, ValueLayout.JAVA_FLOAT, 0, all, at, count);
            at += count;
        }
        return Tensor.ofFloats(Shape.of(rows, width), all);
    }

    int rows() {
        return ids.length;
    }

    /// The rows of each example.
    List<Integer> lengths() {
        return lengths;
    }

    /// Of all rows, from 0 in each example.
    int[] positions() {
        return positions.clone();
    }

    int imageRows() {
        return imageRows;
    }

    int id(int row) {
        return ids[row];
    }

    int label(int row) {
        return labels[row];
    }

    /// The rows whose next row counts for the loss.
    int[] supervised() {
        return supervised.clone();
    }

    int supervisedRows() {
        return supervised.length;
    }

    @Nullable
    Tensor features() {
        return features;
    }
}
