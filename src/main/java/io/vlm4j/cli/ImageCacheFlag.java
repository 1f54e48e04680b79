package io.vlm4j.cli;

import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where encoded pictures are kept for the next time.
final class ImageCacheFlag {
    @Option(
            names = "--image-cache",
            paramLabel = "DIR",
            description = "Keep encoded pictures in this folder, up to 1 GiB, so that asking about one again, also"
                    + " tomorrow, does not encode it again.")
    private @Nullable Path directory;

    /// Whether a folder was named.
    boolean isOn() {
        return directory != null;
    }

    /// A cache that the caller closes after the model.
    ///
    /// @throws Failure when the folder cannot be used
    EmbeddingCache open() {
        if (directory != null && directory.toString().isBlank()) {
            throw new Failure(ExitCode.USAGE, "--image-cache needs the name of a folder");
        }
        EmbeddingCacheOptions options = EmbeddingCacheOptions.defaults();
        try {
            return EmbeddingCache.create(directory == null ? options : options.withDirectory(directory));
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, "--image-cache: " + e.getMessage(), e);
        }
    }
}
