package io.vlm4j.processing;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.internal.Fitting;
import io.vlm4j.processing.internal.ProjectorImages;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.function.DoublePredicate;

/// How pictures become the pixel values of a vision tower of fixed size: what transformers calls an image processor. An
/// immutable value; the work is done in plain Java.
///
/// The result is that of transformers with Pillow, bit for bit: pictures are decoded as `convert("RGB")` does, resized
/// by Pillow's fixed-point filters, scaled to 0 to 1 in double precision, rounded, and normalised in single precision.
///
/// {@snippet class="io.vlm4j.snippets.ProcessingSnippets" region="pixels"}
///
/// @param fit           how the shape of the square is reached
/// @param size          of the square's sides, in pixels
/// @param resampling    the filter with which it is resized
/// @param rescaleFactor what bytes are multiplied with
/// @param mean          subtracted from each channel after that; times 255 it is the colour of [Fit#PAD]
/// @param deviation     what each channel is divided by after that
public record ImageProcessor(Fit fit, int size, Resampling resampling, double rescaleFactor, Rgb mean, Rgb deviation) {
    /// What makes 0 to 1 of bytes.
    public static final double RESCALE_FACTOR = 1.0 / 255;

    private static final int LARGEST = 4096;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /// One number for each channel.
    public record Rgb(double red, double green, double blue) {
        /// The same for all.
        public static Rgb gray(double value) {
            return new Rgb(value, value, value);
        }

        /// The number of channel 0 (red), 1 or 2.
        public double channel(int index) {
            return switch (index) {
                case 0 -> red;
                case 1 -> green;
                case 2 -> blue;
                default -> throw new IndexOutOfBoundsException("there is no channel " + index);
            };
        }

        private boolean allMatch(DoublePredicate test) {
            return test.test(red) && test.test(green) && test.test(blue);
        }
    }

    /// @throws IllegalArgumentException naming the setting that is out of range
    public ImageProcessor {
        Objects.requireNonNull(fit, "fit");
        Objects.requireNonNull(resampling, "resampling");
        if (size < 1 || size > LARGEST) {
            throw new IllegalArgumentException("size must be 1 to " + LARGEST + ", not " + size);
        }
        if (!(rescaleFactor > 0) || !Double.isFinite(rescaleFactor)) {
            throw new IllegalArgumentException("rescaleFactor must be above 0, not " + rescaleFactor);
        }
        if (!mean.allMatch(value -> value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("mean must be 0 to 1, not " + mean);
        }
        if (!deviation.allMatch(value -> (float) value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException("deviation must be above 0, not " + deviation);
        }
    }

    /// The settings that CLIP and LLaVA-1.5 were trained with, for a tower of this size.
    public static ImageProcessor clip(int size) {
        return new ImageProcessor(
                Fit.CROP,
                size,
                Resampling.BICUBIC,
                RESCALE_FACTOR,
                new Rgb(0.48145466, 0.4578275, 0.40821073),
                new Rgb(0.26862954, 0.26130258, 0.27577711));
    }

    /// As [#of(GgufFile)], for an open projector.
    ///
    /// @throws InvalidFile as there
    /// @throws IllegalArgumentException as there
    public static ImageProcessor of(Projector projector) {
        try (GgufFile file = GgufFile.open(projector.path())) {
            return of(file);
        }
    }

    /// What a projector (mmproj) file, or that of a KOSMOS-2, says about its tower.
    ///
    /// | `clip.projector_type` | fit | resampling | |
    /// |---|---|---|---|
    /// | `mlp`, `mlp_norm` | [Fit#CROP] | bicubic | LLaVA-1.5, as transformers prepares it; the original program pads |
    /// | `ldp`, `ldpv2` | [Fit#PAD] | bicubic | MobileVLM, which has the original LLaVA's program |
    /// | `gemma3` | [Fit#STRETCH] | bilinear | |
    /// | (architecture `kosmos2`) | [Fit#STRETCH] | bicubic | KOSMOS-2, whose tower is in the file of the model |
    ///
    /// Size, mean and deviation are the file's. Which fit a LLaVA was trained with is in no file:
    /// [#withFit] takes another.
    ///
    /// @throws InvalidFile when a key is missing or makes no sense
    /// @throws IllegalArgumentException for a file without a vision tower, or a tower that takes pictures of several
    ///     sizes or in tiles (LLaVA-NeXT, Qwen2-VL and their kind), which one square does not describe; a [Processor]
    /// knows LLaVA-NeXT's tiles
    public static ImageProcessor of(GgufFile file) {
        return ProjectorImages.settings(file);
    }

    public ImageProcessor withFit(Fit newFit) {
        return new ImageProcessor(newFit, size, resampling, rescaleFactor, mean, deviation);
    }

    public ImageProcessor withSize(int newSize) {
        return new ImageProcessor(fit, newSize, resampling, rescaleFactor, mean, deviation);
    }

    public ImageProcessor withResampling(Resampling newResampling) {
        return new ImageProcessor(fit, size, newResampling, rescaleFactor, mean, deviation);
    }

    public ImageProcessor withNormalisation(Rgb newMean, Rgb newDeviation) {
        return new ImageProcessor(fit, size, resampling, rescaleFactor, newMean, newDeviation);
    }

    /// The bytes of the colour around pictures that do not fill the square: red, green, blue.
    public byte[] paddingColour() {
        return new byte[] {(byte) (mean.red * 255), (byte) (mean.green * 255), (byte) (mean.blue * 255)};
    }

    /// Prepares one picture.
    ///
    /// @throws InvalidMedia when it cannot be decoded, is over its limits, or too large to be resized
    public PixelValues process(ImageInput image) {
        return process(List.of(image));
    }

    /// Prepares pictures, one after the other: one decoded picture is in memory at a time. They are then kept on the
    /// heap, with 15 bytes for each pixel of the squares.
    ///
    /// @throws InvalidMedia when one cannot be decoded, is over its limits, or too large to be resized
    /// @throws IllegalArgumentException when there are none, or more than fit into one array
    public PixelValues process(List<ImageInput> images) {
        long area = (long) size * size * Rows.CHANNELS;
        if (images.isEmpty() || area * images.size() > LARGEST_ARRAY) {
            throw new IllegalArgumentException("1 to " + LARGEST_ARRAY / area + " pictures of " + size + "x" + size
                    + " pixels fit into a batch, not " + images.size());
        }
        int each = (int) area;
        byte[] bytes = new byte[each * images.size()];
        float[] floats = new float[bytes.length];
        for (int i = 0; i < images.size(); i++) {
            byte[] square;
            try (Pixels pixels = images.get(i).decode()) {
                square = Fitting.fit(Rows.of(pixels), this);
            }
            System.arraycopy(square, 0, bytes, i * each, each);
            Fitting.normalise(square, this, floats, i * each);
        }
        return new PixelValues(
                Tensor.ofFloats(Shape.of(images.size(), Rows.CHANNELS, size, size), floats),
                Tensor.ofBytes(Shape.of(images.size(), size, size, Rows.CHANNELS), bytes));
    }
}
