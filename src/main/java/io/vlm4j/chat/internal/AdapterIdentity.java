package io.vlm4j.chat.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.model.ControlVector;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/// Adapters in a file: what tells those that compute the same from others.
final class AdapterIdentity {
    private AdapterIdentity() {}

    /// A SHA-256 over the adapters' files with their scales and the control vector's numbers; empty for none.
    static String of(Adapters adapters) {
        if (adapters.isEmpty()) {
            return "";
        }
        MessageDigest digest = SessionOutput.sha256();
        adapters.loras().stream()
                .map(lora -> lora.adapter().fingerprint() + " " + lora.scale() + "\n")
                .sorted()
                .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        adapters.controlVector().ifPresent(vector -> add(vector, digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(ControlVector vector, MessageDigest digest) {
        for (int layer : vector.layers()) {
            float[] direction = vector.direction(layer);
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Float.BYTES * direction.length);
            bytes.putInt(layer);
            bytes.asFloatBuffer().put(direction);
            digest.update(bytes.rewind().limit(bytes.capacity()));
        }
    }
}
