package io.vlm4j.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which text model to use.
final class ModelFlag {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "The model, a GGUF file. Default: the bundled one.")
    private @Nullable Path model;

    /// @throws Failure when none was named and the bundled one is missing
    Path file() {
        return model != null ? model : BundledModel.find().model();
    }
}
