package io.vlm4j.media;

import org.jspecify.annotations.Nullable;

/// The marker segments of a JPEG, up to the coded data.
final class JpegFile {
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int APP1 = 0xE1;
    private static final String EXIF = "Exif\0\0";

    private JpegFile() {}

    static ImageHeader.Stored read(EncodedImage image) {
        ImageHeader.@Nullable Stored frame = null;
        int orientation = Exif.UPRIGHT;
        boolean exifSeen = false;
        long at = 2;
        while (true) {
            while (image.u8(at) != 0xFF) { // some writers leave padding between segments
                at++;
            }
            while (image.u8(at) == 0xFF) {
                at++;
            }
            int marker = image.u8(at++);
            if (marker == START_OF_SCAN || marker == END_OF_IMAGE) {
                break;
            }
            if (hasNoLength(marker)) {
                continue;
            }
            int length = image.u16be(at); // counts itself
            image.require(at, Math.max(length, 2));
            if (isFrame(marker)) {
                frame = frame(image, marker, at);
            } else if (marker == APP1 && !exifSeen && length >= 8 && image.has(EXIF, at + 2)) {
                exifSeen = true;
                orientation = Exif.orientation(image.slice(at + 8, length - 8));
            }
            at += Math.max(length, 2);
        }
        if (frame == null) {
            throw image.invalid("damaged: has no frame header");
        }
        return new ImageHeader.Stored(frame.width(), frame.height(), orientation);
    }

    private static ImageHeader.Stored frame(EncodedImage image, int marker, long at) {
        if (marker > 0xC2) {
            throw image.invalid("is arithmetic-coded, lossless or hierarchical, which is not supported (process SOF"
                    + (marker - 0xC0) + ")");
        }
        int bits = image.u8(at + 2);
        if (bits != 8) {
            throw image.invalid("has " + bits + " bits per sample, only 8 are supported");
        }
        return new ImageHeader.Stored(image.u16be(at + 5), image.u16be(at + 3), Exif.UPRIGHT);
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    /// Stuffed zeros, TEM, restarts and start of image.
    private static boolean hasNoLength(int marker) {
        return marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8);
    }
}
