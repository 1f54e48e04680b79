package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Canvas;
import io.vlm4j.media.internal.PixelScale;
import io.vlm4j.media.internal.Resizer;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.processing.ImageProcessor;

/// Pictures of any shape made into squares of one size, as 8-bit RGB.
public final class Fitting {
    private Fitting() {}

    /// @return `size` rows of as many pixels of 3 bytes
    /// @throws InvalidMedia when the picture is too large for that
    public static byte[] fit(Rows picture, ImageProcessor settings) {
        int size = settings.size();
        return switch (settings.fit()) {
            case CROP -> crop(picture, settings.resampling(), size);
            case PAD -> stretch(Canvas.square(picture, settings.paddingColour()), settings.resampling(), size);
            case STRETCH -> stretch(Canvas.of(picture), settings.resampling(), size);
        };
    }

    private static byte[] stretch(Canvas canvas, Resampling resampling, int size) {
        return Resizer.resize(canvas, resampling, Resizer.Window.all(size, size));
    }

    /// The longer side becomes what Python's `int(size * long / short)` is.
    private static byte[] crop(Rows picture, Resampling resampling, int size) {
        int shorter = Math.min(picture.width(), picture.height());
        int longer = Math.max(picture.width(), picture.height());
        double resized = (double) ((long) size * longer) / shorter;
        if (resized > Integer.MAX_VALUE) {
            throw new InvalidMedia("a picture of " + picture.width() + "x" + picture.height()
                    + " pixels is too narrow to be resized to " + size + " at its shorter side");
        }
        boolean wide = picture.width() > picture.height();
        int width = wide ? (int) resized : size;
        int height = wide ? size : (int) resized;
        return Resizer.resize(
                Canvas.of(picture),
                resampling,
                new Resizer.Window(width, height, (width - size) / 2, (height - size) / 2, size, size));
    }

    /// What the tower computes with: three planes of floats.
    ///
    /// @param out   where the planes are written
    /// @param start of the first plane in `out`
    public static void normalise(byte[] pixels, ImageProcessor settings, float[] out, int start) {
        scale(settings.rescaleFactor(), settings.mean(), settings.deviation()).planes(pixels, out, start);
    }

    /// These settings in single precision.
    public static PixelScale scale(double rescaleFactor, ImageProcessor.Rgb mean, ImageProcessor.Rgb deviation) {
        return new PixelScale(rescaleFactor, channels(mean), channels(deviation));
    }

    private static float[] channels(ImageProcessor.Rgb values) {
        float[] channels = new float[Rows.CHANNELS];
        for (int channel = 0; channel < channels.length; channel++) {
            channels[channel] = (float) values.channel(channel);
        }
        return channels;
    }
}
