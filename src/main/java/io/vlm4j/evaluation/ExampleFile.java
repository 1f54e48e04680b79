package io.vlm4j.evaluation;

import io.vlm4j.Vlm4jException;
import io.vlm4j.evaluation.internal.ExampleReader;
import java.nio.file.Path;
import java.util.List;

/// Examples from a JSONL file: a JSON object in each line, with `question`, `answer` (a text, or an array of texts of
/// which any is right) and, but for questions about nothing, `image`, a path relative to the file's folder. Other
/// fields
/// are passed over, blank lines too. Pictures are looked for, but opened only when their turn comes.
///
/// {@snippet class="io.vlm4j.snippets.EvaluationSnippets" region="evaluate"}
///
/// @param examples in their order
/// @param badRows  which are no examples, in their order
public record ExampleFile(Path path, List<Example> examples, List<BadRow> badRows) {
    /// Longest line, in bytes.
    public static final int MAX_ROW_BYTES = 1 << 20;

    /// Largest file, in bytes; examples are kept in memory.
    public static final long MAX_BYTES = 1L << 30;

    public ExampleFile {
        examples = List.copyOf(examples);
        badRows = List.copyOf(badRows);
    }

    /// Reads a file whose pictures are all below its folder.
    ///
    /// @throws Vlm4jException.InvalidFile when it cannot be read, is larger than [#MAX_BYTES] or no text
    public static ExampleFile read(Path file) {
        return read(file, false);
    }

    /// @param imagesAnywhere whether pictures may be outside the file's folder. Only for files that one trusts: what a
    ///     picture shows comes out in answers
    /// @throws Vlm4jException.InvalidFile when it cannot be read, is larger than [#MAX_BYTES] or no text
    public static ExampleFile read(Path file, boolean imagesAnywhere) {
        return new ExampleReader(file, imagesAnywhere).read();
    }

    /// This file, when every row is an example.
    ///
    /// @throws Vlm4jException.InvalidFile naming the first row that is none, and how many there are
    public ExampleFile requireWhole() {
        if (!badRows.isEmpty()) {
            throw new Vlm4jException.InvalidFile(
                    badRows.getFirst() + (badRows.size() > 1 ? " (and " + (badRows.size() - 1) + " more rows)" : ""));
        }
        return this;
    }
}
