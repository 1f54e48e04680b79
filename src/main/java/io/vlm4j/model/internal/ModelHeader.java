package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What is kept of a model's header, which is read and checked once: vocabularies make it long.
///
/// @param memory        what the model and its contexts take
/// @param chatTemplates of which native code takes those that it wants
/// @param hasAxes       whether positions are on several axes (M-RoPE)
record ModelHeader(String architecture, DecoderMemory memory, List<String> chatTemplates, boolean hasAxes) {
    /// @throws Vlm4jException.InvalidFile when the file is missing, damaged, contradicts itself, or names no
    ///     architecture
    /// @throws Vlm4jException.ModelLoad when it is a projector
    static ModelHeader read(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            String architecture = GgufHeader.architecture(file);
            if (architecture.equals(GgufHeader.PROJECTOR)) {
                throw new Vlm4jException.ModelLoad(path + " is a projector (mmproj) file, not a text model");
            }
            return new ModelHeader(
                    architecture,
                    DecoderMemory.of(file),
                    templates(file),
                    file.value(architecture + ".rope.dimension_sections").isPresent());
        }
    }

    private static List<String> templates(GgufFile file) {
        return file.metadata().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("tokenizer.chat_template"))
                .map(Map.Entry::getValue)
                .filter(value -> value.type() == GgufType.STRING)
                .map(GgufValue::asString)
                .toList();
    }
}
