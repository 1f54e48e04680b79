package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The encodings of pictures that vlm4j reads, told apart by their first bytes.
public enum ImageFormat {
    /// Portable Network Graphics, all bit depths; an animated one gives its still picture.
    PNG("PNG", "\u0089PNG\r\n\u001a\n"),
    /// JPEG, baseline and progressive, 8 bits per sample.
    JPEG("JPEG", "\u00ff\u00d8\u00ff"),
    /// GIF; an animated one gives its first frame.
    GIF("GIF", "GIF8?a"),
    /// Windows bitmap, not run-length encoded.
    BMP("BMP", "BM"),
    /// WebP, lossy and lossless, through an optional dependency; an animated one gives its first frame.
    WEBP("WebP", "RIFF????WEBP");

    private static final char ANY = '?';

    private final String label;
    private final String beginning; // one character per byte

    ImageFormat(String label, String beginning) {
        this.label = label;
        this.beginning = beginning;
    }

    /// The format's usual name.
    public String label() {
        return label;
    }

    /// The name in MIME, such as `image/png`.
    public String mediaType() {
        return "image/" + name().toLowerCase(Locale.ROOT);
    }

    /// The format of a file that begins with these bytes; 12 are enough.
    public static Optional<ImageFormat> of(byte[] start) {
        return of(MemorySegment.ofArray(start));
    }

    static Optional<ImageFormat> of(MemorySegment start) {
        return Arrays.stream(values()).filter(format -> format.begins(start)).findFirst();
    }

    private boolean begins(MemorySegment start) {
        if (start.byteSize() < beginning.length()) {
            return false;
        }
        for (int i = 0; i < beginning.length(); i++) {
            char expected = beginning.charAt(i);
            if (expected != ANY && expected != Byte.toUnsignedInt(start.get(ValueLayout.JAVA_BYTE, i))) {
                return false;
            }
        }
        return true;
    }
}
