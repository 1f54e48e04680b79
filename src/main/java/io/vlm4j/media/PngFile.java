package io.vlm4j.media;

import java.util.zip.CRC32;

/// The chunks of a PNG.
final class PngFile {
    private static final long FIRST_CHUNK = 8;
    private static final int HEADER_LENGTH = 13;
    private static final int AROUND_DATA = 12; // length, type and checksum
    private static final long LONGEST = Integer.MAX_VALUE;

    private PngFile() {}

    static ImageHeader.Stored read(EncodedImage image) {
        if (!image.has("IHDR", FIRST_CHUNK + 4) || image.u32be(FIRST_CHUNK) != HEADER_LENGTH) {
            image.require(FIRST_CHUNK, AROUND_DATA + HEADER_LENGTH);
            throw image.invalid("does not begin with a header chunk");
        }
        int orientation = Exif.UPRIGHT;
        long chunk = FIRST_CHUNK;
        while (!image.has("IEND", chunk + 4)) {
            long length = length(image, chunk);
            if (image.has("eXIf", chunk + 4)) {
                orientation = Exif.orientation(image.slice(chunk + 8, length));
            }
            chunk += AROUND_DATA + length;
        }
        return new ImageHeader.Stored(image.u32be(FIRST_CHUNK + 8), image.u32be(FIRST_CHUNK + 12), orientation);
    }

    /// Checks the checksums of the chunks that pixels are made from, which the decoder does not look at.
    static void verify(EncodedImage image) {
        CRC32 crc = new CRC32();
        long chunk = FIRST_CHUNK;
        while (!image.has("IEND", chunk + 4)) {
            long length = length(image, chunk);
            boolean critical = (image.u8(chunk + 4) & 0x20) == 0; // a capital letter
            if (critical) {
                crc.reset();
                crc.update(image.slice(chunk + 4, 4 + length).asByteBuffer());
                if (crc.getValue() != image.u32be(chunk + 8 + length)) {
                    throw image.invalid("damaged: wrong checksum of the chunk at byte " + chunk);
                }
            }
            chunk += AROUND_DATA + length;
        }
    }

    private static long length(EncodedImage image, long chunk) {
        long length = image.u32be(chunk);
        if (length > LONGEST) {
            throw image.invalid("damaged: a chunk of " + length + " bytes at byte " + chunk);
        }
        image.require(chunk, AROUND_DATA + length);
        return length;
    }
}
