package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Native decoding of PNG, JPEG, GIF (first frame) and BMP. Thread-safe.
public final class Images {
    private Images() {}

    /// A decoded picture: `width * height * 3` bytes of 8-bit RGB, rows from the top. Closing `arena` frees the
    /// pixels.
    public record Decoded(int width, int height, MemorySegment pixels, Arena arena) {}

    /// Decodes a picture and turns it upright.
    ///
    /// @param data        the file's bytes, in native memory
    /// @param maxPixels   width times height that is refused beyond, before any pixel is decoded
    /// @param orientation EXIF orientation, 1 to 8; 1 leaves the picture as stored
    /// @throws Vlm4jException.InvalidMedia with the decoder's reason
    @SuppressWarnings({"restricted", "MustBeClosedChecker"}) // the arena lives as long as what is returned
    public static Decoded decode(MemorySegment data, long maxPixels, int orientation) {
        int width;
        int height;
        MemorySegment pixels;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment size = scratch.allocate(ValueLayout.JAVA_INT, 2);
            pixels = ShimH.vlm4j_image_decode(
                    data, data.byteSize(), maxPixels, orientation, size, size.asSlice(ValueLayout.JAVA_INT.byteSize()));
            if (pixels.address() == 0) {
                throw new Vlm4jException.InvalidMedia(NativeText.of(ShimH.vlm4j_last_error()));
            }
            width = size.getAtIndex(ValueLayout.JAVA_INT, 0);
            height = size.getAtIndex(ValueLayout.JAVA_INT, 1);
        }
        Arena arena = Arena.ofShared();
        return new Decoded(
                width, height, pixels.reinterpret(3L * width * height, arena, ShimH::vlm4j_image_free), arena);
    }
}
