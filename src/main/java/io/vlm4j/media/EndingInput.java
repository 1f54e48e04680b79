package io.vlm4j.media;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/// Bytes in memory for a decoder that reads on behind their end: a little is usual, as decoders read ahead, but one
/// that takes the nothing there for millions of pixels is stopped.
final class EndingInput extends ImageInputStreamImpl {
    private static final int PATIENCE = 4096;

    private final byte[] bytes;
    private int beyond;

    EndingInput(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        return streamPos < bytes.length ? bytes[(int) streamPos++] & 0xFF : nothing();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        int count = (int) Math.min(length, bytes.length - streamPos);
        if (count <= 0) {
            return length == 0 ? 0 : nothing();
        }
        System.arraycopy(bytes, (int) streamPos, target, offset, count);
        streamPos += count;
        return count;
    }

    private int nothing() throws IOException {
        if (++beyond > PATIENCE) {
            throw new IOException("it goes on where its data end");
        }
        return -1;
    }

    @Override
    public long length() {
        return bytes.length;
    }
}
