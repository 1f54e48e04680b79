package io.vlm4j.media;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/// Decodes WebP through whatever ImageIO plug-in reads it. A class of its own so that only WebP needs
/// `java.desktop`.
final class WebpDecoder {
    private static final String DEPENDENCY = "com.twelvemonkeys.imageio:imageio-webp";

    private WebpDecoder() {}

    static Pixels decode(EncodedImage image, ImageHeader header) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("webp");
        if (!readers.hasNext()) {
            throw image.invalid("decoding it needs the optional dependency " + DEPENDENCY + ", which is not there");
        }
        BufferedImage picture = read(image, readers.next());
        if (picture.getWidth() != header.width() || picture.getHeight() != header.height()) {
            throw image.invalid("damaged: says " + header.width() + "x" + header.height() + " pixels and holds "
                    + picture.getWidth() + "x" + picture.getHeight());
        }
        return PaintedImage.paint(
                header.width(), header.height(), header.orientation(), rows -> BufferedImages.paint(picture, rows));
    }

    /// The first frame; animations have more.
    private static BufferedImage read(EncodedImage image, ImageReader reader) {
        byte[] bytes = image.bytes().toArray(ValueLayout.JAVA_BYTE);
        try (var input = new EndingInput(bytes)) {
            reader.setInput(input, false, true);
            return reader.read(0);
        } catch (IOException | RuntimeException e) { // plug-ins throw both on damaged input
            throw image.invalid("damaged (" + e + ")", e);
        } finally {
            reader.dispose();
        }
    }
}
