package io.vlm4j.model.internal;

import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import java.lang.foreign.MemorySegment;

/// A medium that mtmd has prepared.
///
/// @param chunk borrowed from its list
public record NativeMedium(MemorySegment chunk) implements LlamaMedium {
    @Override
    public int tokens() {
        return MtmdChunks.tokens(chunk);
    }

    @Override
    public int positions() {
        return MtmdChunks.positions(chunk);
    }

    @Override
    public String kind() {
        return MtmdChunks.kind(chunk).toString();
    }

    @Override
    public boolean isCausal(OpenProjector projector) {
        return MtmdProjectors.isCausal(handle(projector), chunk);
    }

    @Override
    public int decode(OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int batchSize) {
        return MtmdProjectors.decode(
                handle(projector), context, chunk, rows, place.position(), place.sequence(), batchSize);
    }

    @Override
    public int decodeRows(
            OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int first, int count) {
        return MtmdProjectors.decodeRows(
                handle(projector), context, chunk, rows, place.position(), place.sequence(), first, count);
    }

    private static MemorySegment handle(OpenProjector projector) {
        return ((ProjectorImpl) projector).handle().segment();
    }
}
