package io.vlm4j.media;

/// The chunks of a WAV file, and a writer of the simplest one.
final class WavFile {
    private static final int FIRST_CHUNK = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int SMALLEST_FORMAT = 16;
    private static final long OPEN_ENDED = 0x7FFF_0000L; // what programs write that cannot go back to the header

    private WavFile() {}

    static AudioHeader read(EncodedAudio audio) {
        long inRf64 = -1; // the size of the samples in bytes, where 32 bits do not hold it
        long format = -1;
        for (long chunk = FIRST_CHUNK; ; ) {
            audio.require(chunk, CHUNK_HEADER);
            long length = audio.u32le(chunk + 4);
            long content = chunk + CHUNK_HEADER;
            if (audio.has("data", chunk)) {
                if (format < 0) {
                    throw audio.invalid("damaged: samples before their format");
                }
                return header(audio, format, samples(audio, content, inRf64 >= 0 ? inRf64 : length));
            }
            audio.require(content, length);
            requireLength(audio, chunk, length);
            if (audio.has("fmt ", chunk)) {
                format = content;
            } else if (audio.has("ds64", chunk)) {
                inRf64 = audio.u32le(content + 8) | audio.u32le(content + 12) << 32;
            }
            chunk = content + length + (length & 1);
        }
    }

    /// The decoder subtracts what it reads of these chunks from their length; below zero, that is the number of
    /// bytes which it then passes over, for centuries.
    private static void requireLength(EncodedAudio audio, long chunk, long length) {
        int least = audio.has("fmt ", chunk) ? SMALLEST_FORMAT : audio.has("fact", chunk) ? 4 : 0;
        if (audio.has("ds64", chunk)) {
            least = 24;
        }
        if (length < least) {
            throw audio.invalid("damaged: a chunk of " + length + " bytes at " + chunk + ", " + least + " at least");
        }
    }

    /// The bytes of the samples.
    private static long samples(EncodedAudio audio, long content, long length) {
        if (length >= OPEN_ENDED || length < 0) {
            return audio.size() - content;
        }
        audio.require(content, length);
        return length;
    }

    private static AudioHeader header(EncodedAudio audio, long format, long bytes) {
        int kind = audio.u16le(format);
        int block = audio.u16le(format + 12);
        if (block == 0) {
            throw audio.invalid("damaged: samples of 0 bytes");
        }
        boolean packed = switch (kind) {
            case 1, 3, 6, 7, 0xFFFE -> false; // PCM, float, A-law, mu-law, or named elsewhere, one of these mostly
            default -> true;
        };
        return AudioHeader.of(
                audio, audio.u32le(format + 4), audio.u16le(format + 2), packed ? AudioHeader.UNKNOWN : bytes / block);
    }
}
