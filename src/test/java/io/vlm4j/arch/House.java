package io.vlm4j.arch;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.vlm4j.Vlm4jException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The project as the architecture tests see it: its compiled classes (imported once) and its folders.
final class House {
    static final String ROOT_PACKAGE = "io.vlm4j";

    /// Where the compiled classes are, and the repository above them.
    static final Path CLASSES = classFolder();

    static final Path REPOSITORY = CLASSES.getParent().getParent();

    private House() {}

    /// Everything written by hand. Generated classes appear only where hand-written ones use them.
    static JavaClasses handWritten() {
        return Imported.CLASSES;
    }

    /// The slice that a package of ours belongs to; `root` for the root package, `""` for a foreign package.
    static String sliceOf(String packageName) {
        if (packageName.equals(ROOT_PACKAGE)) {
            return "root";
        }
        if (!packageName.startsWith(ROOT_PACKAGE + ".")) {
            return "";
        }
        String below = packageName.substring(ROOT_PACKAGE.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    /// The package of what a dependency points to, be it an array of it.
    static String usedPackage(Dependency dependency) {
        return dependency.getTargetClass().getBaseComponentType().getPackageName();
    }

    static boolean isInternal(String packageName) {
        return (packageName + ".").contains(".internal.");
    }

    /// A predicate for classes of these slices, their subpackages included.
    static DescribedPredicate<JavaClass> inSlices(String... slices) {
        Set<String> wanted = Set.of(slices);
        return DescribedPredicate.describe(
                "in " + String.join(", ", slices), type -> wanted.contains(sliceOf(type.getPackageName())));
    }

    /// The packages that the module exports to everybody.
    static Set<String> exportedPackages() {
        try (InputStream in = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in).exports().stream()
                    .filter(export -> !export.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The packages that hold hand-written classes.
    static Set<String> packages() {
        return handWritten().stream().map(JavaClass::getPackageName).collect(Collectors.toUnmodifiableSet());
    }

    private static Path classFolder() {
        try {
            return Path.of(Vlm4jException.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Imported {
        private static final JavaClasses CLASSES = importClasses();

        private static JavaClasses importClasses() {
            Path generated = House.CLASSES.resolve("io/vlm4j/bindings");
            try (Stream<Path> files = Files.walk(House.CLASSES)) {
                return new ClassFileImporter()
                        .importPaths(files.filter(file -> file.toString().endsWith(".class"))
                                .filter(file -> !file.startsWith(generated))
                                .toList());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
