package io.vlm4j.dataset;

/// What happens when a row cannot be used.
public enum OnBadRow {
    /// It is an exception that names file and row.
    FAIL,
    /// It is told to the [BadRowListener] and passed over.
    SKIP
}
