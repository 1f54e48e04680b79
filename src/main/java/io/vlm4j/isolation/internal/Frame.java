package io.vlm4j.isolation.internal;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A message between the two processes: JSON as a rule, and the bytes of pictures and sounds beside it.
///
/// On the wire: a mark, the kind, the length of the body and the number of blobs, their lengths, the body, the blobs;
/// numbers have four bytes, kinds and marks one.
final class Frame {
    /// Most bytes of a frame: more than any picture, less than an array.
    static final int MAX_BYTES = 1 << 30;

    private static final int MARK = 0x7F; // no text begins with it
    private static final int MAX_BLOBS = 100_000;

    private final FrameKind kind;
    private final byte[] body;
    private final List<byte[]> blobs;

    /// @param body  what the kind says; JSON but for [FrameKind#TEXT]; borrowed
    /// @param blobs borrowed
    /// @throws IllegalArgumentException when it is too large to be sent
    Frame(FrameKind kind, byte[] body, List<byte[]> blobs) {
        long bytes = body.length;
        for (byte[] blob : blobs) {
            bytes += blob.length;
        }
        if (bytes > MAX_BYTES || blobs.size() > MAX_BLOBS) {
            throw new IllegalArgumentException("texts, pictures and sounds of " + bytes + " bytes in " + blobs.size()
                    + " media; at most " + MAX_BYTES + " in " + MAX_BLOBS + " go to an isolated model at once");
        }
        this.kind = kind;
        this.body = body;
        this.blobs = List.copyOf(blobs);
    }

    Frame(FrameKind kind, byte[] body) {
        this(kind, body, List.of());
    }

    FrameKind kind() {
        return kind;
    }

    byte[] body() {
        return body;
    }

    List<byte[]> blobs() {
        return blobs;
    }

    /// Writes and flushes it.
    void write(DataOutputStream out) throws IOException {
        out.writeByte(MARK);
        out.writeByte(kind.code());
        out.writeInt(body.length);
        out.writeInt(blobs.size());
        for (byte[] blob : blobs) {
            out.writeInt(blob.length);
        }
        out.write(body);
        for (byte[] blob : blobs) {
            out.write(blob);
        }
        out.flush();
    }

    /// Reads the next frame.
    ///
    /// @throws java.io.EOFException at the end
    /// @throws CorruptFrameException when there is something else
    /// @throws OutOfMemoryError when there is no room for it; it was read over then
    static Frame read(DataInputStream in) throws IOException {
        int mark = in.readUnsignedByte();
        if (mark != MARK) {
            throw new CorruptFrameException("a frame begins with " + mark);
        }
        FrameKind kind = FrameKind.of(in.readUnsignedByte());
        int length = length(in, MAX_BYTES);
        int[] lengths = new int[length(in, MAX_BLOBS)];
        long left = (long) MAX_BYTES - length;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = length(in, left);
            left -= lengths[i];
        }
        long unread = MAX_BYTES - left;
        try {
            byte[] body = bytes(in, length);
            unread -= length;
            List<byte[]> blobs = new ArrayList<>(lengths.length);
            for (int blob : lengths) {
                blobs.add(bytes(in, blob));
                unread -= blob;
            }
            return new Frame(kind, body, blobs);
        } catch (OutOfMemoryError e) {
            in.skipNBytes(unread);
            throw e;
        }
    }

    private static int length(DataInputStream in, long most) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > most) {
            throw new CorruptFrameException("a length of " + Integer.toUnsignedString(length));
        }
        return length;
    }

    private static byte[] bytes(DataInputStream in, int length) throws IOException {
        byte[] bytes = new byte[length]; // what fails, fails before anything of it is read
        in.readFully(bytes);
        return bytes;
    }
}
