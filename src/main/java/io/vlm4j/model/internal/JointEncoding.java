package io.vlm4j.model.internal;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Some media in one pass. Each is announced to the cache as any other that is being made, the next one while the
/// one before it is; the last one to be announced has the encoder called for all of them.
final class JointEncoding {
    private final TowerEncoder encoder;
    private final EmbeddingCacheImpl cache;
    private final List<MemorySegment> chunks = new ArrayList<>(); // up to the first picture in tiles
    private final List<EmbeddingKey> keys;
    private final List<MemorySegment> outs = new ArrayList<>(); // of those that are missing, the first ones
    private final List<Optional<MediaEmbeddings>> results = new ArrayList<>();
    private int encoded;

    /// @param keys of the media in the cache
    JointEncoding(TowerEncoder encoder, EmbeddingCacheImpl cache, List<PreparedMedium> media, List<EmbeddingKey> keys) {
        this.encoder = encoder;
        this.cache = cache;
        this.keys = keys;
        for (int i = 0; i < media.size(); i++) {
            encoder.requireRoom(media.get(i));
            if (chunks.size() == i && media.get(i) instanceof NativeMedium(MemorySegment chunk)) {
                chunks.add(chunk);
            }
            results.add(Optional.empty());
        }
    }

    List<Optional<MediaEmbeddings>> encode() {
        try {
            results.set(0, Optional.of(cache.get(keys.getFirst(), out -> fill(0, out))));
            return results;
        } catch (Throwable t) {
            results.forEach(result -> result.ifPresent(MediaEmbeddings::close));
            throw t;
        }
    }

    private void fill(int index, MemorySegment out) {
        outs.add(out);
        int next = index + 1;
        if (next < chunks.size()) {
            try {
                results.set(next, cache.getWithoutWaiting(keys.get(next), more -> fill(next, more)));
            } catch (NotTaken e) {
                results.set(next, Optional.empty());
            }
        }
        if (encoded == 0) {
            encoded = encoder.encode(chunks.subList(0, outs.size()), outs);
        }
        if (index >= encoded) {
            throw new NotTaken();
        }
    }

    /// The encoder takes no more in this pass.
    private static final class NotTaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotTaken() {
            super("", null, false, false);
        }
    }
}
