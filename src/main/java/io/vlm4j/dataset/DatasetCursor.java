package io.vlm4j.dataset;

import io.vlm4j.Vlm4jException;
import io.vlm4j.dataset.internal.LookaheadCursor;
import java.util.Iterator;

/// One reading of a [Dataset].
///
/// - **Owner**: whoever opened it. It holds the files open that it reads.
/// - **Threads**: one thread at a time.
/// - **Close**: closes the files; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface DatasetCursor<T> extends Iterator<T>, AutoCloseable permits LookaheadCursor {
    /// Whether there is another element; reads it if that is what it takes to know.
    ///
    /// @throws Vlm4jException.InvalidFile as [#next()]
    @Override
    boolean hasNext();

    /// The next element.
    ///
    /// @throws java.util.NoSuchElementException at the end
    /// @throws Vlm4jException.InvalidFile when a file cannot be read, or for a bad row that is not to be skipped,
    ///     naming file and row. The row then counts as read: the next call goes on behind it
    /// @throws Vlm4jException.Cancelled when the thread was interrupted while it waited for a parquet file
    @Override
    T next();

    /// Where the dataset is to be opened to go on behind the last element that [#next()] gave.
    long position();

    @Override
    void close();
}
