package io.vlm4j.model;

import io.vlm4j.model.internal.EmbeddingCacheImpl;

/// Remembers what projectors made of pictures, so that a picture is encoded once however often it is asked about.
/// Every way to a projector leads through its cache: questions, conversations, and [Projector#encode].
///
/// {@snippet class="io.vlm4j.snippets.EmbeddingCacheSnippets" region="share"}
///
/// An encoding is found again by the picture's pixels, the projector's file, the settings that preprocessing depends
/// on, the GPU, and the release of llama.cpp; never by the picture's name. What is found is what was computed, bit by
/// bit. Those used longest ago go first. Two threads that need the same picture at once encode it once.
///
/// A folder is as trustworthy as whoever may write to it: files are checked for damage, not for malice. It is safe to
/// share by processes of one kind of machine; other processors round differently. Whatever goes wrong with it costs
/// time and never an answer: the first failure is logged, all are counted.
///
/// - **Owner**: whoever made it; it outlives the projectors that use it. A projector for which none was named makes
///   its own and closes it with itself.
/// - **Threads**: thread-safe; several projectors may share one.
/// - **Close**: frees the memory once, later calls do nothing; files stay. Tensors that were handed out stay valid
///   until they are closed. Projectors that use it afterwards get an [IllegalStateException].
public sealed interface EmbeddingCache extends AutoCloseable permits EmbeddingCacheImpl {
    /// What it did so far, and what it holds now.
    ///
    /// @param hits         requests answered from memory, or by waiting for another thread's encoding
    /// @param diskHits     requests answered from the folder
    /// @param misses       requests that had to encode
    /// @param evictions    encodings that gave way to newer ones in memory
    /// @param diskFailures reads and writes of the folder that failed
    /// @param entries      encodings in memory
    /// @param bytes        native memory that those take; without those that gave way while in use
    record Statistics(
            long hits, long diskHits, long misses, long evictions, long diskFailures, int entries, long bytes) {}

    /// A cache of its own memory and, if the options name one, a folder, which is made unless it is there.
    ///
    /// @throws IllegalArgumentException when the directory cannot be made or read, or is no folder
    static EmbeddingCache create(EmbeddingCacheOptions options) {
        return EmbeddingCacheImpl.open(options);
    }

    /// A cache in memory alone.
    ///
    /// @param maxBytes most bytes of native memory
    static EmbeddingCache ofMemory(long maxBytes) {
        return create(EmbeddingCacheOptions.defaults().withMemoryBytes(maxBytes));
    }

    /// Keeps nothing: every request encodes. Closing it does nothing.
    static EmbeddingCache none() {
        return EmbeddingCacheImpl.NONE;
    }

    Statistics statistics();

    /// Forgets what is in memory; the folder stays as it is.
    ///
    /// @throws IllegalStateException after [#close()]
    void clear();

    @Override
    void close();
}
