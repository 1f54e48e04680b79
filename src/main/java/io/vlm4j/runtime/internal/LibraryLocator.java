package io.vlm4j.runtime.internal;

import io.vlm4j.Vlm4jException;
import java.io.File;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Walks down the ladder of places where native libraries may be; see `NativeRuntime` for the order.
public final class LibraryLocator {
    static final String PROPERTY = "vlm4j.native.path";
    static final String VARIABLE = "VLM4J_NATIVE_PATH";
    private static final List<String> BUILD_TREE = List.of("native/build/native/lib", "native/build/portable/lib");

    /// Reads a system property or an environment variable.
    @FunctionalInterface
    interface Lookup {
        @Nullable
        String apply(String name);
    }

    private final Lookup properties;
    private final Lookup environment;
    private final Optional<Path> codeLocation;
    private final BundledLibraries bundled;
    private final List<String> tried = new ArrayList<>();

    LibraryLocator(Lookup properties, Lookup environment, Optional<Path> codeLocation, BundledLibraries bundled) {
        this.properties = properties;
        this.environment = environment;
        this.codeLocation = codeLocation;
        this.bundled = bundled;
    }

    public static LibraryLocator ofThisJvm() {
        return new LibraryLocator(
                System::getProperty, System::getenv, ownLocation(), BundledLibraries.of(LibraryLocator.class));
    }

    /// @throws Vlm4jException.NativeLoad naming every place that was tried
    public LibrarySet locate() {
        Optional<LibrarySet> found = named("system property " + PROPERTY, properties.apply(PROPERTY))
                .or(() -> named("environment variable " + VARIABLE, environment.apply(VARIABLE)))
                .or(this::buildTree)
                .or(this::jar)
                .or(this::libraryPath);
        return found.orElseThrow(() -> new Vlm4jException.NativeLoad(
                "no native libraries for " + Platform.current() + " found. Tried: " + String.join("; ", tried)
                        + ". In a source tree run scripts/build-native.sh; else add the natives jar for your platform to"
                        + " the class path or set " + PROPERTY + ".",
                null));
    }

    /// What somebody named must be right: a mistake there is reported and not passed over.
    private Optional<LibrarySet> named(String how, @Nullable String value) {
        if (value == null || value.isBlank()) {
            tried.add(how + ": not set");
            return Optional.empty();
        }
        Path directory = Path.of(value);
        if (!LibrarySet.isIn(directory)) {
            throw new Vlm4jException.NativeLoad(
                    how + " is " + directory.toAbsolutePath() + ", where there is no " + LibrarySet.LIST + " file",
                    null);
        }
        return Optional.of(LibrarySet.read(directory, how));
    }

    private Optional<LibrarySet> buildTree() {
        Path folder = codeLocation.map(Path::getParent).orElse(null); // <root>/target, of {classes,*.jar}
        Path root = folder == null ? null : folder.getParent();
        if (folder == null || root == null || !folder.endsWith("target")) {
            tried.add("build tree: these classes are in none");
            return Optional.empty();
        }
        for (String place : BUILD_TREE) {
            Path directory = root.resolve(place);
            if (LibrarySet.isIn(directory)) {
                return Optional.of(LibrarySet.read(directory, "build tree"));
            }
            tried.add("build tree: no " + directory);
        }
        return Optional.empty();
    }

    private Optional<LibrarySet> jar() {
        Optional<LibrarySet> libraries = bundled.unpack();
        if (libraries.isEmpty()) {
            tried.add("jars: none has META-INF/native/" + Platform.current());
        }
        return libraries;
    }

    private Optional<LibrarySet> libraryPath() {
        String path = properties.apply("java.library.path");
        if (path != null) {
            for (String element : path.split(File.pathSeparator, -1)) {
                Path directory = Path.of(element.isEmpty() ? "." : element);
                if (LibrarySet.isIn(directory)) {
                    return Optional.of(LibrarySet.read(directory, "java.library.path"));
                }
            }
        }
        tried.add("java.library.path: no " + LibrarySet.LIST + " file in " + path);
        return Optional.empty();
    }

    private static Optional<Path> ownLocation() {
        CodeSource source = LibraryLocator.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Optional.empty();
        }
        try {
            URI uri = source.getLocation().toURI();
            return "file".equals(uri.getScheme()) ? Optional.of(Path.of(uri)).filter(Files::exists) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
