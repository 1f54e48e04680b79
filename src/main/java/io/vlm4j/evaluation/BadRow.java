package io.vlm4j.evaluation;

import java.nio.file.Path;

/// A row of a file that is no example.
///
/// @param row counted from 1, blank ones included
public record BadRow(Path file, int row, String reason) {
    /// File, row and reason as one line.
    @Override
    public String toString() {
        return file + ", row " + row + ": " + reason;
    }
}
