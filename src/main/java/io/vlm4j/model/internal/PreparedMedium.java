package io.vlm4j.model.internal;

import java.lang.foreign.MemorySegment;

/// A picture or a sound of a prompt, or a part of one, ready to be encoded ([ProjectorImpl#encode(PreparedMedium,
/// String)]) and, once it is, to be evaluated. Valid as long as the prompt is open.
public sealed interface PreparedMedium permits NativeMedium, TiledPicture {
    /// Rows of its encoding, and cells that they take.
    int tokens();

    int positions();

    /// What it is, for the cache of encodings.
    String kind();

    /// Whether its rows may be evaluated a few at a time; if not, they see each other in both directions.
    boolean isCausal(ProjectorImpl projector);

    /// Puts all rows into the memory of a context.
    ///
    /// @param rows  of the whole medium
    /// @param place where it goes
    /// @return 0, or a code of `llama_decode`
    int decode(ProjectorImpl projector, MemorySegment context, MemorySegment rows, Place place, int batchSize);

    /// Puts some rows of a medium that [#isCausal] into the memory of a context.
    ///
    /// @param count at most as many as the context's batches take
    /// @return 0, or a code of `llama_decode`
    int decodeRows(
            ProjectorImpl projector, MemorySegment context, MemorySegment rows, Place place, int first, int count);

    /// Where a medium goes in a context.
    ///
    /// @param position of its first row
    record Place(int position, int sequence) {}
}
