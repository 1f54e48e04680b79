package io.vlm4j.server.internal.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// A body as it comes in, within a limit of its own and one for all bodies together. One thread at a time.
final class BodyBuffer {
    private static final int FIRST = 4096;

    private final AtomicLong all;
    private final long mostOfAll;
    private final long most;
    private byte[] bytes = new byte[0];
    private int size;

    enum Result {
        TAKEN,
        TOO_LARGE,
        NO_ROOM
    }

    BodyBuffer(AtomicLong all, long mostOfAll, long most) {
        this.all = all;
        this.mostOfAll = mostOfAll;
        this.most = Math.min(most, Integer.MAX_VALUE - 8);
    }

    Result add(ByteBuf piece) {
        int more = piece.readableBytes();
        if (size + (long) more > most) {
            return Result.TOO_LARGE;
        }
        if (size + more > bytes.length && !grow(size + more)) {
            return Result.NO_ROOM;
        }
        piece.readBytes(bytes, size, more);
        size += more;
        return Result.TAKEN;
    }

    private boolean grow(int needed) {
        int wanted = (int) Math.min(most, Math.max(Math.max(needed, FIRST), bytes.length * 2L));
        int more = wanted - bytes.length;
        if (all.addAndGet(more) > mostOfAll) {
            all.addAndGet(-more);
            return false;
        }
        bytes = Arrays.copyOf(bytes, wanted);
        return true;
    }

    byte[] bytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    void release() {
        all.addAndGet(-bytes.length);
        bytes = new byte[0];
        size = 0;
    }
}
