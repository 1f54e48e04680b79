package io.vlm4j.training.internal;

import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.training.SftOptions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes through a dataset epoch by epoch, each in an order of its own, from any place on.
final class ExampleReader implements AutoCloseable {
    private final Dataset<VisionExample> dataset;
    private final SampleMaker maker;
    private final SftOptions options;
    private @Nullable DatasetCursor<VisionExample> cursor;
    private Place place;
    private boolean nothingYet = true; // in an epoch that is read from its beginning

    /// Where a reading stands.
    ///
    /// @param epoch    from 0
    /// @param position of the dataset in the epoch's order
    record Place(int epoch, long position) {}

    /// The examples of a step, and what they are for messages.
    record Batch(List<Sample> samples, List<String> origins) {}

    ExampleReader(Dataset<VisionExample> dataset, SampleMaker maker, SftOptions options, Place place) {
        this.dataset = dataset;
        this.maker = maker;
        this.options = options;
        this.place = place;
    }

    Place place() {
        return place;
    }

    /// The next step's examples; fewer at the end of an epoch.
    ///
    /// @return no examples when all epochs are over
    Batch next() {
        List<Sample> samples = new ArrayList<>();
        List<String> origins = new ArrayList<>();
        while (samples.isEmpty() && (options.maxSteps() > 0 || place.epoch() < options.epochs())) {
            DatasetCursor<VisionExample> open = cursor();
            while (samples.size() < options.examplesPerStep() && open.hasNext()) {
                VisionExample example = open.next();
                maker.of(example).ifPresent(sample -> {
                    samples.add(sample);
                    origins.add(example.origin().toString());
                });
            }
            nothingYet &= samples.isEmpty();
            place = new Place(place.epoch(), open.position());
            if (!open.hasNext()) {
                if (nothingYet) {
                    throw new IllegalArgumentException("the dataset has no example that can be used");
                }
                open.close();
                cursor = null;
                place = new Place(place.epoch() + 1, 0);
            }
        }
        return new Batch(samples, origins);
    }

    private DatasetCursor<VisionExample> cursor() {
        DatasetCursor<VisionExample> open = cursor;
        if (open == null) {
            Dataset<VisionExample> ordered =
                    options.shuffle() ? dataset.shuffle(options.seed() + place.epoch()) : dataset;
            open = ordered.open(place.position());
            nothingYet = place.position() == 0;
            cursor = open;
        }
        return open;
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
