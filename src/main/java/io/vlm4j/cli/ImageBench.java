package io.vlm4j.cli;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.Projector;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/// Seeing a picture, measured.
///
/// @param decode milliseconds from the file to pixels
/// @param encode milliseconds from the file to the rows that the model reads: decoding, preprocessing, vision tower
///     and projector
/// @param tokens how many rows those are
record ImageBench(double decode, double encode, long tokens) {
    static ImageBench round(Projector projector, Path file) {
        ImageInput image = ImageInput.of(file);
        long start = System.nanoTime();
        try (Pixels _ = image.decode()) {
            long decoded = System.nanoTime();
            try (Tensor rows = projector.encode(image)) {
                long encoded = System.nanoTime();
                return new ImageBench(
                        (decoded - start) / 1e6,
                        (encoded - decoded) / 1e6,
                        rows.shape().dim(0));
            }
        }
    }

    static ImageBench median(List<ImageBench> rounds) {
        return new ImageBench(
                Round.median(rounds, ImageBench::decode),
                Round.median(rounds, ImageBench::encode),
                rounds.getFirst().tokens());
    }
}
