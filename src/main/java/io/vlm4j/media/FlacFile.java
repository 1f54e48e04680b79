package io.vlm4j.media;

/// The metadata blocks of a FLAC file.
final class FlacFile {
    private static final int FIRST_BLOCK = 4;
    private static final int BLOCK_HEADER = 4;
    private static final int STREAM_INFO = 34;

    private FlacFile() {}

    static AudioHeader read(EncodedAudio audio) {
        long length = audio.u24be(FIRST_BLOCK + 1);
        if ((audio.u8(FIRST_BLOCK) & 0x7F) != 0 || length != STREAM_INFO) {
            throw audio.invalid("damaged: begins with no STREAMINFO");
        }
        requireFrames(audio);
        long info = FIRST_BLOCK + BLOCK_HEADER;
        long packed = audio.u32be(info + 10) << 32 | audio.u32be(info + 14); // rate:20 channels:3 bits:5 samples:36
        long frames = packed & 0xF_FFFF_FFFFL;
        return AudioHeader.of(
                audio, packed >>> 44, (int) (packed >>> 41 & 7) + 1, frames == 0 ? AudioHeader.UNKNOWN : frames);
    }

    private static void requireFrames(EncodedAudio audio) {
        long block = FIRST_BLOCK;
        boolean last;
        do {
            last = (audio.u8(block) & 0x80) != 0;
            long next = block + BLOCK_HEADER + audio.u24be(block + 1);
            audio.require(next, 1);
            block = next;
        } while (!last);
        if (audio.u16be(block) >> 2 != 0xFFF8 >> 2) {
            throw audio.invalid("damaged: no frame behind the metadata");
        }
    }
}
