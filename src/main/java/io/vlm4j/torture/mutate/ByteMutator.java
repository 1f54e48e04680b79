package io.vlm4j.torture.mutate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Damages files: flipped bits, extreme numbers, copied, moved, missing and cut bytes.
public final class ByteMutator {
    private static final int LONGEST_STRETCH = 64;
    private static final int WORD = 4;

    private final ByteOrder order;

    /// @param order in which the files have their numbers; the other one is used now and then as well
    public ByteMutator(ByteOrder order) {
        this.order = order;
    }

    /// @param good   the file, which is left alone
    /// @param hot    damage concentrates on so many bytes at the beginning
    /// @param fields numbers that readers believe in; may be empty
    /// @return damaged in one to four places
    public byte[] mutate(byte[] good, int hot, List<Field> fields, RandomGenerator random) {
        byte[] bytes = good.clone();
        int most = random.nextInt(4);
        int damages = 1 + Math.min(most, random.nextInt(4)); // mostly few
        boolean moved = false;
        for (int i = 0; i < damages && bytes.length > 16; i++) {
            int before = bytes.length;
            bytes = damage(bytes, Math.min(hot, bytes.length), moved ? List.of() : fields, random);
            moved |= bytes.length != before;
        }
        return bytes;
    }

    private byte[] damage(byte[] bytes, int hot, List<Field> fields, RandomGenerator random) {
        int at = random.nextInt(20) == 0 ? random.nextInt(bytes.length) : random.nextInt(hot);
        switch (random.nextInt(fields.isEmpty() ? 9 : 14)) {
            case 0, 1 -> {
                for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                    bytes[Math.min(bytes.length - 1, at + random.nextInt(8))] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 2 -> extreme(bytes, new Field(at / WORD * WORD, random.nextBoolean() ? WORD : 2 * WORD), random);
            case 3 -> extreme(bytes, new Field(at, random.nextBoolean() ? WORD : 2 * WORD), random);
            case 4 -> {
                for (int i = at + random.nextInt(LONGEST_STRETCH); i >= at; i--) {
                    bytes[Math.min(bytes.length - 1, i)] = (byte) random.nextInt();
                }
            }
            case 5 -> {
                int length = Math.min(1 + random.nextInt(LONGEST_STRETCH), bytes.length - at);
                System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
            }
            case 6 -> {
                return Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length) : at);
            }
            case 7 -> {
                int length = 1 + random.nextInt(LONGEST_STRETCH);
                return random.nextBoolean() ? without(bytes, at, length) : doubled(bytes, at, length);
            }
            case 8 ->
                Arrays.fill(
                        bytes,
                        at,
                        Math.min(bytes.length, at + 1 + random.nextInt(LONGEST_STRETCH)),
                        random.nextBoolean() ? (byte) 0 : (byte) 0xFF);
            case 9 -> swap(bytes, fields.get(random.nextInt(fields.size())), fields.get(random.nextInt(fields.size())));
            default -> extreme(bytes, fields.get(random.nextInt(fields.size())), random);
        }
        return bytes;
    }

    private void extreme(byte[] bytes, Field field, RandomGenerator random) {
        if (field.offset() + field.size() > bytes.length) {
            return;
        }
        boolean other = random.nextInt(8) == 0;
        ByteBuffer buffer = ByteBuffer.wrap(bytes)
                .order(other == (order == ByteOrder.LITTLE_ENDIAN) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        long was = field.size() == WORD ? buffer.getInt(field.offset()) : buffer.getLong(field.offset());
        long value = switch (random.nextInt(8)) {
            case 0 -> was + 1;
            case 1 -> was - 1;
            case 2 -> was * 2;
            case 3 -> Integer.toUnsignedLong(Float.floatToRawIntBits(Extremes.number(random)));
            default -> Extremes.integer(random);
        };
        if (field.size() == WORD) {
            buffer.putInt(field.offset(), (int) value);
        } else {
            buffer.putLong(field.offset(), value);
        }
    }

    private static void swap(byte[] bytes, Field one, Field other) {
        int size = Math.min(one.size(), other.size());
        for (int i = 0; i < size; i++) {
            byte kept = bytes[one.offset() + i];
            bytes[one.offset() + i] = bytes[other.offset() + i];
            bytes[other.offset() + i] = kept;
        }
    }

    private static byte[] without(byte[] bytes, int at, int length) {
        int end = Math.min(bytes.length, at + length);
        byte[] shorter = new byte[bytes.length - (end - at)];
        System.arraycopy(bytes, 0, shorter, 0, at);
        System.arraycopy(bytes, end, shorter, at, bytes.length - end);
        return shorter;
    }

    private static byte[] doubled(byte[] bytes, int at, int length) {
        int end = Math.min(bytes.length, at + length);
        byte[] longer = new byte[bytes.length + (end - at)];
        System.arraycopy(bytes, 0, longer, 0, end);
        System.arraycopy(bytes, at, longer, end, bytes.length - at);
        return longer;
    }
}
