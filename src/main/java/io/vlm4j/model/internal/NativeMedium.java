package io.vlm4j.model.internal;

import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import java.lang.foreign.MemorySegment;

/// A medium that mtmd has prepared.
///
/// @param chunk borrowed from its list
public record NativeMedium(MemorySegment chunk) implements PreparedMedium {
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
    public boolean isCausal(ProjectorImpl projector) {
        return MtmdProjectors.isCausal(projector.handle().segment(), chunk);
    }

    @Override
    public int decode(ProjectorImpl projector, MemorySegment context, MemorySegment rows, Place place, int batchSize) {
        return MtmdProjectors.decode(
                projector.handle().segment(), context, chunk, rows, place.position(), place.sequence(), batchSize);
    }

    @Override
    public int decodeRows(
            ProjectorImpl projector, MemorySegment context, MemorySegment rows, Place place, int first, int count) {
        return MtmdProjectors.decodeRows(
                projector.handle().segment(), context, chunk, rows, place.position(), place.sequence(), first, count);
    }
}
