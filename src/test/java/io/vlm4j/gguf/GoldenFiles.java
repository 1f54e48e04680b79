package io.vlm4j.gguf;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// The files under src/test/resources/golden; each folder has a PROVENANCE.md.
final class GoldenFiles {
    private GoldenFiles() {}

    static Path gguf(String name) {
        return path("/golden/gguf/" + name);
    }

    static Path llava(String name) {
        return path("/golden/llava/" + name);
    }

    private static Path path(String resource) {
        try {
            URI uri = Objects.requireNonNull(GoldenFiles.class.getResource(resource), resource)
                    .toURI();
            return Path.of(uri);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(resource, e);
        }
    }
}
