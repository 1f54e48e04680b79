package io.vlm4j.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The small model that comes with the source tree, for everybody who has no other at hand. It is in no jar.
///
/// @param model     the text model
/// @param projector its vision tower and projector
/// @param sample    a picture to look at
record BundledModel(Path model, Path projector, Path sample) {
    /// The root of the source tree; the launcher sets it.
    static final String HOME = "vlm4j.home";

    private static final Path FOLDER = Path.of("models", "pico-llava");

    /// @throws Failure when it is not there
    static BundledModel find() {
        return find(System.getProperty(HOME), codeLocation());
    }

    /// @param home the root as somebody gave it
    /// @param code where our classes are: `<root>/target/classes`, or a jar in `<root>/target`
    static BundledModel find(@Nullable String home, Optional<Path> code) {
        Set<Path> folders = new LinkedHashSet<>();
        if (home != null && !home.isBlank()) {
            folders.add(Path.of(home).resolve(FOLDER));
        }
        code.map(Path::getParent).map(Path::getParent).ifPresent(root -> folders.add(root.resolve(FOLDER)));
        return folders.stream()
                .map(BundledModel::in)
                .filter(BundledModel::isComplete)
                .findFirst()
                .orElseThrow(() -> new Failure(ExitCode.MODEL, absence(folders)));
    }

    /// Below the working directory, paths are shown from there.
    private static BundledModel in(Path place) {
        Path here = Path.of("").toAbsolutePath();
        Path folder = place.toAbsolutePath().normalize();
        if (folder.startsWith(here)) {
            folder = here.relativize(folder);
        }
        return new BundledModel(
                folder.resolve("pico-llava-q4_0.gguf"),
                folder.resolve("mmproj-pico-llava-f16.gguf"),
                folder.resolve("samples").resolve("06-red_apple.png"));
    }

    private boolean isComplete() {
        return Files.isRegularFile(model) && Files.isRegularFile(projector);
    }

    private static String absence(Set<Path> folders) {
        String places = folders.isEmpty()
                ? "its place is not known (system property " + HOME + ")"
                : "not in " + folders.stream().map(Path::toString).collect(Collectors.joining(" or "));
        return "the bundled model is missing: " + places + "; name a model with --model and --mmproj";
    }

    private static Optional<Path> codeLocation() {
        CodeSource source = BundledModel.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Optional.empty();
        }
        try {
            URI uri = source.getLocation().toURI();
            return "file".equals(uri.getScheme()) ? Optional.of(Path.of(uri)) : Optional.empty();
        } catch (URISyntaxException | FileSystemNotFoundException e) {
            return Optional.empty();
        }
    }
}
