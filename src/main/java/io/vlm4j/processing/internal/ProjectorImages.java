package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.Tiling;
import io.vlm4j.processing.Fit;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.ImageProcessor.Rgb;
import io.vlm4j.processing.PatchProcessor;
import java.util.Optional;

/// What the metadata of an mmproj file, or of a model with its tower inside, says about pictures.
public final class ProjectorImages {
    private ProjectorImages() {}

    /// @throws InvalidFile when a key is missing or makes no sense
    /// @throws IllegalArgumentException when there is no tower, or none that takes squares of one size
    public static ImageProcessor settings(GgufFile file) {
        if (file.architecture().equals(Optional.of("kosmos2"))) {
            return squares(file, "kosmos2.vision.", Fit.STRETCH, Resampling.BICUBIC);
        }
        if (file.architecture().equals(Optional.of("fuyu"))) {
            throw new IllegalArgumentException(file.path() + " is a Fuyu, which takes patches of pictures of any shape"
                    + " and no squares; a PatchProcessor makes them");
        }
        if (!file.architecture().equals(Optional.of("clip"))) {
            throw new IllegalArgumentException(file.path() + " is no projector (mmproj) file, but "
                    + file.architecture().orElse("of no architecture"));
        }
        String type = file.string("clip.vision.projector_type")
                .or(() -> file.string("clip.projector_type"))
                .orElse("none");
        if (file.value("clip.vision.image_grid_pinpoints").isPresent()) {
            String note = Tiling.of(file).note();
            throw new IllegalArgumentException(file.path() + " takes pictures in tiles (image_grid_pinpoints)"
                    + (note.isEmpty() ? "; a Processor makes them" : ": " + note));
        }
        Fit fit = switch (type) {
            case "mlp", "mlp_norm" -> Fit.CROP;
            case "ldp", "ldpv2" -> Fit.PAD;
            case "gemma3" -> Fit.STRETCH;
            default ->
                throw new IllegalArgumentException(file.path() + " is of projector type '" + type
                        + "', of which it is not known that it takes squares of one size; known are mlp, mlp_norm, ldp,"
                        + " ldpv2, gemma3");
        };
        return settings(file, fit);
    }

    /// How the first of a picture's tiles is made, which is all of the picture.
    ///
    /// @throws InvalidFile when a key is missing or makes no sense
    public static ImageProcessor tile(GgufFile file) {
        return settings(file, Fit.STRETCH).withResampling(Resampling.BICUBIC);
    }

    private static ImageProcessor settings(GgufFile file, Fit fit) {
        Resampling resampling = fit == Fit.STRETCH ? Resampling.BILINEAR : Resampling.BICUBIC;
        return squares(file, "clip.vision.", fit, resampling);
    }

    private static ImageProcessor squares(GgufFile file, String prefix, Fit fit, Resampling resampling) {
        int size = number(file, prefix + "image_size");
        Rgb mean = channels(file, prefix + "image_mean");
        Rgb deviation = channels(file, prefix + "image_std");
        try {
            return new ImageProcessor(fit, size, resampling, ImageProcessor.RESCALE_FACTOR, mean, deviation);
        } catch (IllegalArgumentException e) {
            throw new InvalidFile(
                    file.path() + ": " + prefix + "image_size, image_mean or image_std: " + e.getMessage(), e);
        }
    }

    /// What a Fuyu's file says.
    ///
    /// @throws InvalidFile when a key is missing or makes no sense
    /// @throws IllegalArgumentException when it is of another architecture
    public static PatchProcessor patches(GgufFile file) {
        if (!file.architecture().equals(Optional.of("fuyu"))) {
            throw new IllegalArgumentException(
                    file.path() + " is no fuyu, but " + file.architecture().orElse("of no architecture"));
        }
        String prefix = "fuyu.vision.";
        try {
            return new PatchProcessor(
                    number(file, prefix + "patch_size"),
                    number(file, prefix + "image_width"),
                    number(file, prefix + "image_height"),
                    Resampling.BILINEAR,
                    ImageProcessor.RESCALE_FACTOR,
                    channels(file, prefix + "image_mean"),
                    channels(file, prefix + "image_std"),
                    value(file, prefix + "padding_value").asDouble());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new InvalidFile(file.path() + ": " + prefix + "*: " + e.getMessage(), e);
        }
    }

    private static int number(GgufFile file, String key) {
        long number = file.integer(key).orElseThrow(() -> missing(file, key));
        if (number != (int) number) {
            throw new InvalidFile(file.path() + ": " + key + " is " + number);
        }
        return (int) number;
    }

    private static GgufValue value(GgufFile file, String key) {
        return file.value(key).orElseThrow(() -> missing(file, key));
    }

    private static Rgb channels(GgufFile file, String key) {
        GgufValue value = value(file, key);
        float[] floats;
        try {
            floats = value.asFloats();
        } catch (IllegalStateException e) {
            throw new InvalidFile(file.path() + ": metadata key '" + key + "': " + e.getMessage(), e);
        }
        if (floats.length != Rows.CHANNELS) {
            throw new InvalidFile(
                    file.path() + ": metadata key '" + key + "' has " + floats.length + " numbers, not 3");
        }
        return new Rgb(asWritten(floats[0]), asWritten(floats[1]), asWritten(floats[2]));
    }

    /// The shortest decimal number that gives this float: what stood in the configuration that was converted.
    private static double asWritten(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    private static InvalidFile missing(GgufFile file, String key) {
        return new InvalidFile(file.path() + " has no metadata key '" + key + "'");
    }
}
