package io.vlm4j.model.internal;

import java.lang.foreign.MemorySegment;

/// A medium that goes into contexts of llama.cpp.
public sealed interface LlamaMedium extends PreparedMedium permits NativeMedium, TiledPicture {
    /// Puts all rows into the memory of a context.
    ///
    /// @param rows  of the whole medium
    /// @param place where it goes
    /// @return 0, or a code of `llama_decode`
    int decode(OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int batchSize);

    /// Puts some rows of a medium that [#isCausal] into the memory of a context.
    ///
    /// @param count at most as many as the context's batches take
    /// @return 0, or a code of `llama_decode`
    int decodeRows(
            OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int first, int count);
}
