package io.vlm4j.media;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The [hashes][ContentHash] of pictures that came last, with their bytes: one that comes again is compared, which is
/// far sooner done than hashing it where the JVM does without its optimizing compiler. Thread-safe.
final class RecentHashes {
    private static final int LEAST = 16 << 10; // bytes; fewer are hashed soon enough
    private static final int MOST_TOGETHER = 16 << 20;
    private static final int MOST = MOST_TOGETHER / 4;

    private record Sum(int length, long crc) {}

    private static final class Hashed {
        private final byte[] bytes;
        private final String sha256;

        private Hashed(byte[] bytes) {
            this.bytes = bytes;
            this.sha256 = ContentHash.of(MemorySegment.ofArray(bytes));
        }
    }

    private final Map<Sum, Hashed> recent = new LinkedHashMap<>(16, 0.75f, true);
    private int held; // bytes

    String of(byte[] bytes) {
        if (bytes.length < LEAST || bytes.length > MOST) {
            return ContentHash.of(MemorySegment.ofArray(bytes));
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        Sum sum = new Sum(bytes.length, crc.getValue());
        Hashed known = find(sum);
        if (known != null && Arrays.equals(known.bytes, bytes)) {
            return known.sha256;
        }
        Hashed hashed = new Hashed(bytes.clone()); // they are the caller's, who may change them
        keep(sum, hashed);
        return hashed.sha256;
    }

    private synchronized @Nullable Hashed find(Sum sum) {
        return recent.get(sum);
    }

    private synchronized void keep(Sum sum, Hashed hashed) {
        Hashed before = recent.put(sum, hashed);
        held += hashed.bytes.length - (before == null ? 0 : before.bytes.length);
        var eldest = recent.entrySet().iterator();
        while (held > MOST_TOGETHER) {
            held -= eldest.next().getValue().bytes.length;
            eldest.remove();
        }
    }

    /// Bytes that are kept.
    synchronized int held() {
        return held;
    }
}
