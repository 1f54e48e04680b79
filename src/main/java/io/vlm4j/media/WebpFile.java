package io.vlm4j.media;

/// The chunks of a WebP.
final class WebpFile {
    private static final long FIRST_CHUNK = 12;
    private static final int CHUNK_HEADER = 8;
    private static final long FRAME_HEADER = 16;
    private static final int SIDE = 0x3FFF; // 14 bits

    private WebpFile() {}

    static ImageHeader.Stored read(EncodedImage image) {
        image.require(CHUNK_HEADER, image.u32le(4));
        long data = FIRST_CHUNK + CHUNK_HEADER;
        if (image.has("VP8 ", FIRST_CHUNK)) {
            if (image.u24le(data + 3) != 0x2A019D) {
                throw image.invalid("damaged: no key frame");
            }
            return new ImageHeader.Stored(image.u16le(data + 6) & SIDE, image.u16le(data + 8) & SIDE, Exif.UPRIGHT);
        }
        if (image.has("VP8L", FIRST_CHUNK)) {
            if (image.u8(data) != 0x2F) {
                throw image.invalid("damaged: no lossless picture");
            }
            long sides = image.u32le(data + 1);
            return new ImageHeader.Stored((sides & SIDE) + 1, (sides >> 14 & SIDE) + 1, Exif.UPRIGHT);
        }
        if (image.has("VP8X", FIRST_CHUNK)) {
            ImageHeader.Stored canvas =
                    new ImageHeader.Stored(image.u24le(data + 4) + 1L, image.u24le(data + 7) + 1L, orientation(image));
            requireWithin(canvas, image);
            return canvas;
        }
        throw image.invalid("damaged: begins with no known chunk");
    }

    /// No frame may be larger than the canvas: decoders make room for what frames say, and limits are held against
    /// the canvas.
    private static void requireWithin(ImageHeader.Stored canvas, EncodedImage image) {
        long end = Math.min(image.bytes().byteSize(), CHUNK_HEADER + image.u32le(4));
        long chunk = FIRST_CHUNK;
        while (chunk <= end - CHUNK_HEADER) {
            long data = chunk + CHUNK_HEADER;
            long length = image.u32le(chunk + 4);
            if (image.has("ANMF", chunk) && length >= FRAME_HEADER) {
                requireWithin(canvas, image.u24le(data + 6) + 1L, image.u24le(data + 9) + 1L, image);
                length = FRAME_HEADER; // its chunks are next
            } else if (image.has("VP8 ", chunk) && length >= 10) {
                requireWithin(canvas, image.u16le(data + 6) & SIDE, image.u16le(data + 8) & SIDE, image);
            } else if (image.has("VP8L", chunk) && length >= 5) {
                long sides = image.u32le(data + 1);
                requireWithin(canvas, (sides & SIDE) + 1, (sides >> 14 & SIDE) + 1, image);
            }
            chunk += CHUNK_HEADER + length + (length & 1);
        }
    }

    private static void requireWithin(ImageHeader.Stored canvas, long width, long height, EncodedImage image) {
        if (width > canvas.width() || height > canvas.height()) {
            throw image.invalid("damaged: a frame of " + width + "x" + height + " pixels on a canvas of "
                    + canvas.width() + "x" + canvas.height());
        }
    }

    private static int orientation(EncodedImage image) {
        long end = CHUNK_HEADER + image.u32le(4);
        long chunk = FIRST_CHUNK;
        while (chunk <= end - CHUNK_HEADER) {
            long length = image.u32le(chunk + 4);
            if (image.has("EXIF", chunk)) {
                return Exif.orientation(image.slice(chunk + CHUNK_HEADER, length));
            }
            chunk += CHUNK_HEADER + length + (length & 1);
        }
        return Exif.UPRIGHT;
    }
}
