package io.vlm4j.gguf;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// What a file that is one of several parts of a model says about the whole (`split.*` keys). Immutable.
///
/// @param index which part this is, from 0
/// @param count the number of parts
/// @param tensorCount the number of tensors in all parts together
public record GgufSplit(int index, int count, int tensorCount) {
    /// Checks that the part is one of the parts.
    ///
    /// @throws IllegalArgumentException if the index is not below the count, or a number is negative
    public GgufSplit {
        if (index < 0 || index >= count || tensorCount < 0) {
            throw new IllegalArgumentException(
                    "part " + index + " of " + count + " with " + tensorCount + " tensors is impossible");
        }
    }

    /// The paths of all parts in order, by the naming rule of llama.cpp: `NAME-00001-of-00003.gguf` and so on
    /// in one folder. Whether the files exist is not checked.
    ///
    /// @param part the path of this part
    /// @throws InvalidFile if that path does not follow the rule
    public List<Path> paths(Path part) {
        String name = String.valueOf(part.getFileName());
        String ending = ending(index);
        if (!name.endsWith(ending)) {
            throw new InvalidFile(part + " is part " + (index + 1) + " of " + count + ", so its name must end in '"
                    + ending + "' for the other parts to be found");
        }
        String stem = name.substring(0, name.length() - ending.length());
        return IntStream.range(0, count)
                .mapToObj(i -> part.resolveSibling(stem + ending(i)))
                .toList();
    }

    private String ending(int i) {
        return String.format(Locale.ROOT, "-%05d-of-%05d.gguf", i + 1, count);
    }
}
