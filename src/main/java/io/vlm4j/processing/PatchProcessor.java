package io.vlm4j.processing;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.internal.PatchGrid;
import io.vlm4j.processing.ImageProcessor.Rgb;
import io.vlm4j.processing.internal.Fitting;
import io.vlm4j.processing.internal.ProjectorImages;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Objects;

/// How pictures become the patches of a Fuyu, which has no vision tower: pictures keep their proportions, and only
/// those that are too large become smaller. An immutable value; the work is done in plain Java, bit for bit as
/// transformers with Pillow does it.
///
/// @param patchSize     of a patch's sides, in pixels
/// @param width         of the largest picture, a multiple of `patchSize`
/// @param height        of the largest picture, a multiple of `patchSize`
/// @param resampling    the filter with which larger ones are shrunk
/// @param rescaleFactor what bytes are multiplied with
/// @param mean          subtracted from each channel after that
/// @param deviation     what each channel is divided by after that
/// @param padding       the byte that stands to the right of and below a picture, up to whole patches
public record PatchProcessor(
        int patchSize,
        int width,
        int height,
        Resampling resampling,
        double rescaleFactor,
        Rgb mean,
        Rgb deviation,
        double padding) {
    private static final int LARGEST = 16_384;

    /// @throws IllegalArgumentException naming the setting that is out of range
    public PatchProcessor {
        Objects.requireNonNull(resampling, "resampling");
        Objects.requireNonNull(mean, "mean");
        if (patchSize < 1 || patchSize > LARGEST) {
            throw new IllegalArgumentException("patchSize must be 1 to " + LARGEST + ", not " + patchSize);
        }
        requireSide("width", width, patchSize);
        requireSide("height", height, patchSize);
        if (!(rescaleFactor > 0) || !Double.isFinite(rescaleFactor)) {
            throw new IllegalArgumentException("rescaleFactor must be above 0, not " + rescaleFactor);
        }
        for (int channel = 0; channel < Rows.CHANNELS; channel++) {
            if (!((float) deviation.channel(channel) > 0)) {
                throw new IllegalArgumentException("deviation must be above 0, not " + deviation);
            }
        }
        if (!(padding >= 0) || padding > 255) {
            throw new IllegalArgumentException("padding must be 0 to 255, not " + padding);
        }
    }

    private static void requireSide(String name, int side, int patchSize) {
        if (side < 1 || side > LARGEST || side % patchSize != 0) {
            throw new IllegalArgumentException(
                    name + " must be a multiple of " + patchSize + " up to " + LARGEST + ", not " + side);
        }
    }

    /// What the file of a Fuyu says.
    ///
    /// @throws InvalidFile when a key is missing or makes no sense
    /// @throws IllegalArgumentException when it is of another architecture
    public static PatchProcessor of(GgufFile file) {
        return ProjectorImages.patches(file);
    }

    /// Prepares a picture.
    ///
    /// @throws InvalidMedia when it cannot be decoded, is over its limits, or so narrow that nothing is left of it
    public Patches process(ImageInput image) {
        try (Pixels pixels = image.decode()) {
            PatchGrid grid = PatchGrid.cut(
                    Rows.of(pixels),
                    new PatchGrid.Settings(
                            patchSize,
                            width,
                            height,
                            resampling,
                            Fitting.scale(rescaleFactor, mean, deviation),
                            padding));
            Shape shape = Shape.of((long) grid.rows() * grid.columns(), (long) patchSize * patchSize * Rows.CHANNELS);
            return new Patches(
                    Tensor.ofFloats(shape, grid.values()), grid.rows(), grid.columns(), grid.width(), grid.height());
        }
    }
}
