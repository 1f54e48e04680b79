package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufSplit;
import io.vlm4j.gguf.GgufTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parts of a model that is split over several files: all there, all of one model, and no tensor twice.
///
/// Source: `llama_model_loader` of llama-model-loader.cpp, which takes the names of the parts from that of the first.
final class ModelParts {
    private ModelParts() {}

    /// The tensors of all parts together; those of the file itself when it is whole.
    ///
    /// @param first the opened part
    /// @throws InvalidFile when it is not the first part, or a part is missing, damaged, of another model, or holds a
    ///     tensor that another one has
    static Map<String, GgufTensor> tensors(GgufFile first) {
        Optional<GgufSplit> split = first.split();
        if (split.isEmpty()) {
            return first.tensors();
        }
        List<Path> paths = split.get().paths(first.path());
        if (split.get().index() != 0) {
            throw new InvalidFile(first.path() + " is part " + (split.get().index() + 1) + " of "
                    + split.get().count() + " (split.no); open the first one, " + paths.getFirst());
        }
        Map<String, GgufTensor> all = new HashMap<>(first.tensors());
        for (int index = 1; index < paths.size(); index++) {
            add(
                    paths.get(index),
                    new GgufSplit(index, split.get().count(), split.get().tensorCount()),
                    all);
        }
        if (all.size() != split.get().tensorCount()) {
            throw new InvalidFile(
                    first.path() + ": split.tensors.count is " + split.get().tensorCount() + ", but the " + paths.size()
                            + " parts have " + all.size() + " tensors together");
        }
        return all;
    }

    private static void add(Path path, GgufSplit expected, Map<String, GgufTensor> all) {
        try (GgufFile part = GgufFile.open(path)) {
            Optional<GgufSplit> found = part.split();
            boolean same = found.isPresent()
                    && found.get().index() == expected.index()
                    && found.get().count() == expected.count();
            if (!same) {
                throw new InvalidFile(path + " should be part " + (expected.index() + 1) + " of " + expected.count()
                        + ", but its split.no and split.count say "
                        + found.map(split -> "part " + (split.index() + 1) + " of " + split.count())
                                .orElse("that it is no part"));
            }
            for (GgufTensor tensor : part.tensors().values()) {
                if (all.put(tensor.name(), tensor) != null) {
                    throw new InvalidFile(path + ": tensor '" + tensor.name() + "' is in another part, too");
                }
            }
        }
    }
}
