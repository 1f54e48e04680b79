package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// The header of a frame of MPEG audio, as ISO/IEC 11172-3 and 13818-3 have it.
///
/// @param kind       version, layer and sample rate, which are the same throughout a file
/// @param sampleRate samples a second
/// @param samples    in each channel of the frame
/// @param length     of the whole frame in bytes
record MpegFrame(int kind, int sampleRate, int samples, int length) {
    private static final int HEADER = 4;
    private static final int[][] KILOBITS = { // by layer: MPEG-1 I, II, III; MPEG-2 I, II and III
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
    };
    private static final int[] HERTZ = {44_100, 48_000, 32_000};

    /// Whether a header is at `offset`; false where the bytes end before.
    static boolean startsAt(MemorySegment bytes, long offset) {
        return at(bytes, offset).isPresent();
    }

    /// The header at `offset`, if there is one; frames of free format, whose length no header says, are none.
    static Optional<MpegFrame> at(MemorySegment bytes, long offset) {
        if (offset > bytes.byteSize() - HEADER || bytes.get(ValueLayout.JAVA_BYTE, offset) != (byte) 0xFF) {
            return Optional.empty();
        }
        int second = Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset + 1));
        int third = Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset + 2));
        int version = second >> 3 & 3; // 0: MPEG-2.5, 2: MPEG-2, 3: MPEG-1
        int layer = 4 - (second >> 1 & 3); // 4: reserved
        int bitrate = third >> 4;
        int rate = third >> 2 & 3;
        if ((second & 0xE0) != 0xE0 || version == 1 || layer == 4 || bitrate == 0 || bitrate == 15 || rate == 3) {
            return Optional.empty();
        }
        boolean first = version == 3;
        int bitsPerSecond = 1000 * KILOBITS[first ? layer - 1 : layer == 1 ? 3 : 4][bitrate];
        int sampleRate = HERTZ[rate] >> (first ? 0 : version == 2 ? 1 : 2);
        int samples = layer == 1 ? 384 : layer == 3 && !first ? 576 : 1152;
        int slot = layer == 1 ? 4 : 1;
        int length = (samples / 8 * bitsPerSecond / sampleRate / slot + (third >> 1 & 1)) * slot;
        return Optional.of(new MpegFrame(version << 4 | layer << 2 | rate, sampleRate, samples, length));
    }
}
