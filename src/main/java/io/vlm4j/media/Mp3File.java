package io.vlm4j.media;

import java.util.Optional;

/// The frames of an MP3 file. Nothing in one says how many there are, except where the encoder left an Info frame; so
/// they are gone through.
final class Mp3File {
    private static final int TAG_HEADER = 10;
    private static final int TAG_FOOTER = 10;

    private Mp3File() {}

    static AudioHeader read(EncodedAudio audio) {
        long at = afterTags(audio);
        MpegFrame first = null;
        long frames = 0;
        long announced = 0;
        boolean inStep = false; // whether a frame ended here
        while (at < audio.size()) {
            Optional<MpegFrame> found = MpegFrame.at(audio.bytes(), at);
            boolean frame = found.isPresent()
                    && (first == null || found.get().kind() == first.kind())
                    && (inStep || follows(audio, at, found.get()));
            if (!frame) { // between frames lie tags, padding and dirt, which players pass over
                at++;
                inStep = false;
                continue;
            }
            if (first == null) {
                first = found.get();
                announced = announced(audio, at, first);
            }
            if (found.get().length() > audio.size() - at) {
                throw audio.cutOff();
            }
            frames++;
            at += found.get().length();
            inStep = true;
        }
        if (first == null) {
            throw audio.invalid("damaged: no frame of MPEG audio");
        }
        if (frames <= announced) { // the one that announces does not count
            throw audio.invalid("cut off or damaged: " + (frames - 1) + " of " + announced + " frames are there");
        }
        return AudioHeader.of(audio, first.sampleRate(), 1, frames * first.samples());
    }

    /// Whether what looks like a frame ends where another begins, or the file does.
    private static boolean follows(EncodedAudio audio, long at, MpegFrame frame) {
        long end = at + frame.length();
        return end == audio.size()
                || MpegFrame.at(audio.bytes(), end)
                        .filter(next -> next.kind() == frame.kind())
                        .isPresent();
    }

    /// The number of frames that the first one, which is silent then, says there are; 0 when it says nothing.
    private static long announced(EncodedAudio audio, long at, MpegFrame frame) {
        for (long tag = at + 4; tag < at + Math.min(frame.length(), 64); tag++) {
            if (audio.has("Xing", tag) || audio.has("Info", tag)) {
                boolean counted = (audio.u8(tag + 7) & 1) != 0;
                return counted ? audio.u32be(tag + 8) : 0;
            }
        }
        return 0;
    }

    /// Where the sound begins, behind any number of ID3v2 tags.
    private static long afterTags(EncodedAudio audio) {
        long at = 0;
        while (audio.has("ID3", at)) {
            boolean footer = (audio.u8(at + 5) & 0x10) != 0;
            long length = 0;
            for (int i = 6; i < TAG_HEADER; i++) {
                length = length << 7 | (audio.u8(at + i) & 0x7F);
            }
            at += TAG_HEADER + length + (footer ? TAG_FOOTER : 0);
            audio.require(at, 1);
        }
        return at;
    }
}
