package io.vlm4j.torture.target;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/// Random tensors, the same for the same name.
final class Weights {
    private static final float SPREAD = 0.5f;

    private final GgufWriter writer;
    private final long seed;

    Weights(GgufWriter writer, long seed) {
        this.writer = writer;
        this.seed = seed;
    }

    /// Around 1.
    void norm(String name, int size) {
        put(name, GgmlType.F32, Shape.of(size), 1);
    }

    /// Around 0.
    void put(String name, GgmlType type, long... dims) {
        put(name, type, Shape.of(dims), 0);
    }

    private void put(String name, GgmlType type, Shape shape, float mean) {
        writer.tensor(name, type, shape, channel -> {
            SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
            ByteBuffer data = ByteBuffer.allocate((int) type.byteSize(shape)).order(ByteOrder.LITTLE_ENDIAN);
            while (data.hasRemaining()) {
                float value = mean + (float) random.nextDouble(-SPREAD, SPREAD);
                switch (type) {
                    case F32 -> data.putFloat(value);
                    case F16 -> data.putShort(Float.floatToFloat16(value));
                    case Q8_0 -> {
                        data.putShort(Float.floatToFloat16(SPREAD / 128));
                        for (int i = 0; i < 32; i++) {
                            data.put((byte) random.nextInt());
                        }
                    }
                    default -> throw new IllegalArgumentException(type + " is not F32, F16 or Q8_0");
                }
            }
            channel.write(data.flip());
        });
    }
}
