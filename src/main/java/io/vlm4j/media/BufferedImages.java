package io.vlm4j.media;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/// Pictures from `java.awt`. The only public class that needs the module `java.desktop`.
public final class BufferedImages {
    private static final int CHANNELS = 3;

    private BufferedImages() {}

    /// A picture that a `BufferedImage` of any type holds.
    ///
    /// Its samples are taken as they are: alpha is dropped, not blended (a pre-multiplied colour is divided by
    /// its alpha first), gray is repeated in all three channels without a change of gamma, 16 bits lose the
    /// lower 8, and colour profiles are ignored, as Pillow's `convert("RGB")` does. Only images of other colour
    /// spaces than gray and RGB are converted by their colour model.
    ///
    /// The image is borrowed: keep it unchanged until the call that uses the input returns. Its pixels are
    /// copied to native memory then, row by row.
    public static ImageInput toInput(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        String description = "BufferedImage of " + width + "x" + height + " pixels";
        return ImageInput.of(new PaintedImage(description, width, height, rows -> paint(image, rows)));
    }

    static void paint(BufferedImage image, UprightRows rows) {
        byte[] rgb = new byte[image.getWidth() * CHANNELS];
        int bands = plainBands(image);
        if (bands == 0) {
            paintColours(image, rgb, rows);
        } else if (image.getRaster().getTransferType() == DataBuffer.TYPE_BYTE) {
            paintBytes(image.getRaster(), bands, rgb, rows);
        } else {
            paintShorts(image.getRaster(), bands, rgb, rows);
        }
    }

    /// The number of bands if the raster holds gray or RGB samples of 8 or 16 bits to take as they are, else 0.
    private static int plainBands(BufferedImage image) {
        ColorModel model = image.getColorModel();
        int type = model.getColorSpace().getType();
        boolean plain = model instanceof ComponentColorModel
                && !model.isAlphaPremultiplied()
                && (type == ColorSpace.TYPE_GRAY || type == ColorSpace.TYPE_RGB)
                && (isOf(image, DataBuffer.TYPE_BYTE, 8) || isOf(image, DataBuffer.TYPE_USHORT, 16));
        return plain ? image.getRaster().getNumBands() : 0;
    }

    private static boolean isOf(BufferedImage image, int transferType, int bits) {
        return image.getRaster().getTransferType() == transferType
                && image.getColorModel().getComponentSize(0) == bits;
    }

    private static void paintBytes(Raster raster, int bands, byte[] rgb, UprightRows rows) {
        byte[] samples = new byte[raster.getWidth() * bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getDataElements(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, samples);
            for (int in = 0, out = 0; out < rgb.length; in += bands, out += CHANNELS) {
                rgb[out] = samples[in];
                rgb[out + 1] = samples[in + green(bands)];
                rgb[out + 2] = samples[in + blue(bands)];
            }
            rows.put(y, rgb);
        }
    }

    private static void paintShorts(Raster raster, int bands, byte[] rgb, UprightRows rows) {
        short[] samples = new short[raster.getWidth() * bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getDataElements(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, samples);
            for (int in = 0, out = 0; out < rgb.length; in += bands, out += CHANNELS) {
                rgb[out] = (byte) (samples[in] >> 8);
                rgb[out + 1] = (byte) (samples[in + green(bands)] >> 8);
                rgb[out + 2] = (byte) (samples[in + blue(bands)] >> 8);
            }
            rows.put(y, rgb);
        }
    }

    /// Gray, with or without alpha, has one band for all colours.
    private static int green(int bands) {
        return bands < CHANNELS ? 0 : 1;
    }

    private static int blue(int bands) {
        return bands < CHANNELS ? 0 : 2;
    }

    /// Packed, indexed, pre-multiplied and exotic images, by their colour model.
    private static void paintColours(BufferedImage image, byte[] rgb, UprightRows rows) {
        int[] colours = new int[image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, colours.length, 1, colours, 0, colours.length);
            for (int x = 0, out = 0; x < colours.length; x++, out += CHANNELS) {
                rgb[out] = (byte) (colours[x] >> 16);
                rgb[out + 1] = (byte) (colours[x] >> 8);
                rgb[out + 2] = (byte) colours[x];
            }
            rows.put(y, rgb);
        }
    }
}
