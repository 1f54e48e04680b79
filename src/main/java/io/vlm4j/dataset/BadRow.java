package io.vlm4j.dataset;

import java.nio.file.Path;

/// A row of a file that is no example, or one that cannot be used.
///
/// @param row counted from 1: in JSONL the line, blank ones included
public record BadRow(Path file, long row, String reason) {
    /// File, row and reason as one line.
    @Override
    public String toString() {
        return file + ", row " + row + ": " + reason;
    }
}
