package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.internal.Canvas;
import io.vlm4j.media.internal.Resizer;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.processing.PatchProcessor;
import io.vlm4j.processing.Patches;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;

/// Pictures cut into patches, as Fuyu's processor does.
public final class PatchCutter {
    private static final int CHANNELS = Rows.CHANNELS;

    private PatchCutter() {}

    /// @throws InvalidMedia when nothing is left of the picture once it is small enough
    public static Patches cut(Rows picture, PatchProcessor settings) {
        Rows fitted = fit(picture, settings);
        int patch = settings.patchSize();
        int rows = (fitted.height() + patch - 1) / patch;
        int columns = (fitted.width() + patch - 1) / patch;
        float[][] table = table(settings);
        float[] background = background(settings);
        int patchNumbers = patch * patch * CHANNELS;
        float[] values = new float[Math.multiplyExact(rows * columns, patchNumbers)];
        byte[] line = new byte[fitted.width() * CHANNELS];
        for (int y = 0; y < rows * patch; y++) {
            if (y < fitted.height()) {
                fitted.read(y, line, 0);
            }
            for (int x = 0; x < columns * patch; x++) {
                boolean inside = y < fitted.height() && x < fitted.width();
                int number = y / patch * columns + x / patch;
                int at = number * patchNumbers + (y % patch * patch + x % patch) * CHANNELS;
                for (int channel = 0; channel < CHANNELS; channel++) {
                    values[at + channel] =
                            inside ? table[channel][line[x * CHANNELS + channel] & 0xFF] : background[channel];
                }
            }
        }
        return new Patches(
                Tensor.ofFloats(Shape.of((long) rows * columns, patchNumbers), values),
                rows,
                columns,
                fitted.width(),
                fitted.height());
    }

    /// Pictures that are too large keep their proportions; sides are cut down to whole pixels.
    private static Rows fit(Rows picture, PatchProcessor settings) {
        if (picture.width() <= settings.width() && picture.height() <= settings.height()) {
            return picture;
        }
        double factor =
                Math.min((double) settings.height() / picture.height(), (double) settings.width() / picture.width());
        int height = (int) (picture.height() * factor);
        int width = (int) (picture.width() * factor);
        if (height < 1 || width < 1) {
            throw new InvalidMedia("a picture of " + picture.width() + "x" + picture.height()
                    + " pixels is too narrow to be made " + settings.width() + "x" + settings.height());
        }
        byte[] pixels = Resizer.resize(Canvas.of(picture), settings.resampling(), Resizer.Window.all(width, height));
        return Rows.of(pixels, width, height);
    }

    private static float[][] table(PatchProcessor settings) {
        float[][] table = new float[CHANNELS][256];
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int value = 0; value < 256; value++) {
                table[channel][value] = normalised(settings, channel, value);
            }
        }
        return table;
    }

    private static float[] background(PatchProcessor settings) {
        float[] colour = new float[CHANNELS];
        for (int channel = 0; channel < CHANNELS; channel++) {
            colour[channel] = normalised(settings, channel, settings.padding());
        }
        return colour;
    }

    /// Scaled in double precision, rounded, then normalised in single precision.
    private static float normalised(PatchProcessor settings, int channel, double value) {
        float mean = (float) settings.mean().channel(channel);
        float deviation = (float) settings.deviation().channel(channel);
        return ((float) (value * settings.rescaleFactor()) - mean) / deviation;
    }
}
