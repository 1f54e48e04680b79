package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.internal.Canvas;
import io.vlm4j.media.internal.PixelScale;
import io.vlm4j.media.internal.Resizer;
import io.vlm4j.media.internal.Rows;

/// A picture cut into patches, as Fuyu's processor does it. On the heap.
///
/// @param values  of the patches row by row, and inside a patch rows, columns, channels
/// @param rows    of patches
/// @param columns of patches
/// @param width   of the picture in pixels, without what was added
/// @param height  of the picture in pixels, without what was added
@SuppressWarnings("ArrayRecordComponent") // lent, not copied: a picture is megabytes
public record PatchGrid(float[] values, int rows, int columns, int width, int height) {
    private static final int CHANNELS = Rows.CHANNELS;

    /// How pictures are cut.
    ///
    /// @param patch      pixels of a patch's sides
    /// @param width      of the largest picture
    /// @param height     of the largest picture
    /// @param resampling with which larger ones are shrunk
    /// @param padding    the byte that stands to the right of and below a picture, up to whole patches
    public record Settings(int patch, int width, int height, Resampling resampling, PixelScale scale, double padding) {}

    /// @throws InvalidMedia when nothing is left of the picture once it is small enough
    public static PatchGrid cut(Rows picture, Settings settings) {
        Rows fitted = fit(picture, settings);
        int patch = settings.patch();
        int rows = (fitted.height() + patch - 1) / patch;
        int columns = (fitted.width() + patch - 1) / patch;
        float[][] table = new float[CHANNELS][];
        float[] background = new float[CHANNELS];
        for (int channel = 0; channel < CHANNELS; channel++) {
            table[channel] = settings.scale().table(channel);
            background[channel] = settings.scale().of(channel, settings.padding());
        }
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
        return new PatchGrid(values, rows, columns, fitted.width(), fitted.height());
    }

    /// Pictures that are too large keep their proportions; sides are cut down to whole pixels.
    private static Rows fit(Rows picture, Settings settings) {
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
}
