package io.vlm4j.runtime.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryLocatorTest {
    private static final String PLATFORM = "linux-x86_64";

    @TempDir
    private Path folder;

    private static void libraries(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("libfirst.so"), "first");
        Files.writeString(directory.resolve("libsecond.so"), "second");
        Files.writeString(directory.resolve("libextra.so"), "extra");
        Files.writeString(
                directory.resolve("LIBRARIES"), "# in load order\nlibfirst.so\nlibsecond.so\nbackend libextra.so\n");
    }

    private LibraryLocator locator(Map<String, String> properties, Map<String, String> environment, Path code)
            throws IOException {
        return new LibraryLocator(
                properties::get, environment::get, Optional.ofNullable(code), bundled(folder.resolve("empty")));
    }

    private BundledLibraries bundled(Path classPath) throws IOException {
        URLClassLoader loader = new URLClassLoader(
                new URL[] {Files.createDirectories(classPath).toUri().toURL()}, null);
        return new BundledLibraries(loader, folder.resolve("cache"), PLATFORM);
    }

    @Test
    void thePropertyComesFirst() throws IOException {
        libraries(folder.resolve("a"));
        libraries(folder.resolve("b"));
        LibrarySet set = locator(
                        Map.of("vlm4j.native.path", folder.resolve("a").toString()),
                        Map.of("VLM4J_NATIVE_PATH", folder.resolve("b").toString()),
                        null)
                .locate();
        assertThat(set.directory()).isEqualTo(folder.resolve("a"));
        assertThat(set.files()).containsExactly(folder.resolve("a/libfirst.so"), folder.resolve("a/libsecond.so"));
        assertThat(set.origin()).contains("vlm4j.native.path");
    }

    @Test
    void theBuildTreeIsFoundFromTheClasses() throws IOException {
        libraries(folder.resolve("project/native/build/portable/lib"));
        LibrarySet set = locator(Map.of(), Map.of(), folder.resolve("project/target/classes"))
                .locate();
        assertThat(set.directory()).isEqualTo(folder.resolve("project/native/build/portable/lib"));
    }

    @Test
    void aNamedFolderWithoutLibrariesIsAnError() throws IOException {
        LibraryLocator locator = locator(Map.of(), Map.of("VLM4J_NATIVE_PATH", folder.toString()), null);
        assertThatExceptionOfType(Vlm4jException.NativeLoad.class)
                .isThrownBy(locator::locate)
                .withMessageContaining("VLM4J_NATIVE_PATH")
                .withMessageContaining(folder.toString());
    }

    @Test
    void everyPlaceThatWasTriedIsNamed() throws IOException {
        LibraryLocator locator =
                locator(Map.of("java.library.path", "/nowhere"), Map.of(), folder.resolve("project/target/classes"));
        assertThatExceptionOfType(Vlm4jException.NativeLoad.class)
                .isThrownBy(locator::locate)
                .withMessageContaining("vlm4j.native.path")
                .withMessageContaining("VLM4J_NATIVE_PATH")
                .withMessageContaining("native/build/native/lib")
                .withMessageContaining("META-INF/native")
                .withMessageContaining("/nowhere");
    }

    @Test
    void aListMustNotReachOutsideItsFolder() throws IOException {
        Files.writeString(folder.resolve("LIBRARIES"), "../evil.so\n");
        assertThatExceptionOfType(Vlm4jException.NativeLoad.class)
                .isThrownBy(() -> LibrarySet.read(folder, "test"))
                .withMessageContaining("../evil.so");
    }

    @Test
    void jarsAreUnpackedOnceByContent() throws IOException {
        libraries(folder.resolve("jar/META-INF/native/" + PLATFORM));
        LibrarySet first = bundled(folder.resolve("jar")).unpack().orElseThrow();
        assertThat(first.directory()).startsWith(folder.resolve("cache"));
        assertThat(first.files()).hasSize(2);
        assertThat(first.directory().resolve("libextra.so")).hasContent("extra");
        assertThat(bundled(folder.resolve("jar")).unpack()).contains(first);

        Files.writeString(folder.resolve("jar/META-INF/native/" + PLATFORM + "/VERSION"), "another");
        assertThat(bundled(folder.resolve("jar")).unpack().orElseThrow().directory())
                .isNotEqualTo(first.directory());
    }

    @Test
    void manyMayUnpackAtTheSameTime() throws Exception {
        libraries(folder.resolve("jar/META-INF/native/" + PLATFORM));
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<LibrarySet>> tasks = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                tasks.add(() -> bundled(folder.resolve("jar")).unpack().orElseThrow());
            }
            List<Path> directories = new ArrayList<>();
            for (Future<LibrarySet> result : threads.invokeAll(tasks)) {
                directories.add(result.get().directory());
            }
            assertThat(directories).containsOnly(directories.getFirst());
        }
        try (var left = Files.list(folder.resolve("cache/natives"))) {
            assertThat(left).hasSize(1); // no half-unpacked folder is left behind
        }
    }

    @Test
    void platformsAreNamedAsTheJarsAre() {
        assertThat(Platform.of("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(Platform.of("Mac OS X", "aarch64")).isEqualTo("macos-aarch64");
        assertThat(Platform.of("Windows 11", "amd64")).isEqualTo("windows-x86_64");
    }
}
