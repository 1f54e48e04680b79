package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import java.nio.file.Path;

/// What must be known of a file before native code loads it.
final class GgufHeader {
    /// The architecture of projector files.
    static final String PROJECTOR = "clip";

    private GgufHeader() {}

    /// Checks the file's structure, too.
    ///
    /// @throws Vlm4jException.InvalidFile when it is missing, damaged, contradicts itself, or names no architecture
    static String architecture(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            return architecture(file);
        }
    }

    /// Checks what a file's header says, and reads its `general.architecture`.
    ///
    /// @throws Vlm4jException.InvalidFile when it contradicts itself, or names no architecture
    static String architecture(GgufFile file) {
        String architecture = file.string("general.architecture")
                .orElseThrow(() -> new Vlm4jException.InvalidFile(
                        file.path() + " has no general.architecture: it is not a model file"));
        if (architecture.indexOf('\0') >= 0) { // native code would take what is before it
            throw new Vlm4jException.InvalidFile(file.path() + ": general.architecture has a character 0");
        }
        if (architecture.equals(PROJECTOR)) {
            ProjectorFile.check(file);
        } else {
            TextModelFile.check(file, architecture);
        }
        return architecture;
    }
}
