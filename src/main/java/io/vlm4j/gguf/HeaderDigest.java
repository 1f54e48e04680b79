package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The SHA-256 of what is written to it, and of where the data come from.
final class HeaderDigest implements WritableByteChannel {
    private final MessageDigest digest;

    HeaderDigest(String origin) {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) { // every Java has it
            throw new InvalidFile("this Java has no SHA-256", e);
        }
        byte[] text = origin.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(text.length).flip());
        digest.update(text);
    }

    @Override
    public int write(ByteBuffer source) {
        int size = source.remaining();
        digest.update(source);
        return size;
    }

    String text() {
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
