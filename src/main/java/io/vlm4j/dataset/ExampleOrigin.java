package io.vlm4j.dataset;

import java.nio.file.Path;
import java.util.Objects;

/// Where an example came from.
///
/// @param row counted from 1: in JSONL the line, in a JSON array the element, in a folder the picture
public record ExampleOrigin(Path file, long row) {
    public ExampleOrigin {
        Objects.requireNonNull(file, "file");
    }

    /// File and row.
    @Override
    public String toString() {
        return file + ", row " + row;
    }
}
