package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The orientation in a block of EXIF data, which is a TIFF file of its own.
///
/// EXIF is damaged more often than the picture it comes with, so nothing in it is an error: what cannot be read
/// says that the picture is upright.
final class Exif {
    /// Stored as it is to be seen.
    static final int UPRIGHT = 1;

    private static final int ORIENTATION_TAG = 0x0112;
    private static final int SHORT_TYPE = 3;
    private static final int ENTRY = 12;
    private static final int PREFIX = 6; // "Exif" and two zeros, which some writers put before TIFF outside JPEG

    private Exif() {}

    static int orientation(MemorySegment exif) {
        if (exif.byteSize() >= PREFIX && exif.get(ValueLayout.JAVA_BYTE, 0) == 'E') {
            return orientation(exif.asSlice(PREFIX));
        }
        if (exif.byteSize() < 8) {
            return UPRIGHT;
        }
        byte mark = exif.get(ValueLayout.JAVA_BYTE, 0);
        if (mark != 'I' && mark != 'M') {
            return UPRIGHT;
        }
        ByteOrder order = mark == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        long directory = Integer.toUnsignedLong(exif.get(u32, 4));
        if (directory > exif.byteSize() - 2) {
            return UPRIGHT;
        }
        int entries = Short.toUnsignedInt(exif.get(u16, directory));
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + (long) i * ENTRY;
            if (entry > exif.byteSize() - ENTRY) {
                return UPRIGHT;
            }
            if (exif.get(u16, entry) == ORIENTATION_TAG) {
                int value = Short.toUnsignedInt(exif.get(u16, entry + 8));
                return exif.get(u16, entry + 2) == SHORT_TYPE && value >= 1 && value <= 8 ? value : UPRIGHT;
            }
        }
        return UPRIGHT;
    }
}
