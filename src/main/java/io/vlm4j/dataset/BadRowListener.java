package io.vlm4j.dataset;

/// Told of each row that cannot be used, on the thread that reads, before it is passed over or thrown.
@FunctionalInterface
public interface BadRowListener {
    BadRowListener NONE = (row, count) -> {};

    /// @param count how many there were in this reading, this one included
    void onBadRow(BadRow row, long count);
}
