package io.vlm4j.runtime.internal;

import io.vlm4j.Vlm4jException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Native libraries in jars: `META-INF/native/<platform>/` with `LIBRARIES` and the files that it names, and the
/// same under `<platform>-cuda/` for additional backends.
///
/// They are unpacked together into one folder of the cache, named by a hash of their `LIBRARIES` and `VERSION`
/// files (the latter holds a checksum of each library), so that each set is unpacked once and a start reads two
/// small files. A folder appears by an atomic rename when it is complete: several JVMs may do this at the same
/// time, and one that dies leaves nothing that counts.
final class BundledLibraries {
    private final ClassLoader loader;
    private final Path cache;
    private final String platform;

    BundledLibraries(ClassLoader loader, Path cache, String platform) {
        this.loader = loader;
        this.cache = cache;
        this.platform = platform;
    }

    static BundledLibraries of(Class<?> anchor) {
        return new BundledLibraries(anchor.getClassLoader(), cacheFolder(), Platform.current());
    }

    private static Path cacheFolder() {
        String configured = System.getProperty("vlm4j.cache", System.getenv("VLM4J_CACHE"));
        if (configured != null && !configured.isBlank()) {
            return Path.of(configured);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return (xdg != null && !xdg.isBlank() ? Path.of(xdg) : Path.of(System.getProperty("user.home"), ".cache"))
                .resolve("vlm4j");
    }

    private record Entry(String resource, String name) {}

    /// The unpacked libraries; empty when no jar has any for this platform.
    Optional<LibrarySet> unpack() {
        List<Entry> entries = new ArrayList<>();
        StringBuilder list = new StringBuilder();
        MessageDigest contents = sha256();
        collect("META-INF/native/" + platform + "/", list, entries, contents);
        if (entries.isEmpty()) {
            return Optional.empty(); // a CUDA jar is of no use without the other
        }
        collect("META-INF/native/" + platform + "-cuda/", list, entries, contents);
        try {
            Path target = cache.resolve("natives").resolve(HexFormat.of().formatHex(contents.digest(), 0, 16));
            if (!LibrarySet.isIn(target)) {
                unpackTo(target, entries, list.toString());
            }
            return Optional.of(LibrarySet.read(target, "unpacked from a jar"));
        } catch (IOException e) {
            throw new Vlm4jException.NativeLoad("cannot unpack the native libraries into " + cache, e);
        }
    }

    private void collect(String folder, StringBuilder list, List<Entry> entries, MessageDigest contents) {
        byte[] lines = read(folder + LibrarySet.LIST);
        if (lines == null) {
            return;
        }
        contents.update(lines);
        byte[] version = read(folder + "VERSION");
        if (version != null) {
            contents.update(version);
        }
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n", -1)) {
            String stripped = line.strip();
            if (stripped.isEmpty() || stripped.startsWith("#")) {
                continue;
            }
            list.append(stripped).append('\n');
            String name = stripped.startsWith("backend ")
                    ? stripped.substring("backend ".length()).strip()
                    : stripped;
            entries.add(new Entry(folder + name, LibrarySet.plainName(name, folder + LibrarySet.LIST)));
        }
    }

    private void unpackTo(Path target, List<Entry> entries, String list) throws IOException {
        Files.createDirectories(target.getParent());
        Path temporary = Files.createTempDirectory(target.getParent(), "unpacking");
        try {
            for (Entry entry : entries) {
                try (InputStream in = open(entry)) {
                    Files.copy(in, temporary.resolve(entry.name()));
                }
            }
            Files.writeString(temporary.resolve(LibrarySet.LIST), list);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException anotherJvmWasFaster) {
            deleteTree(temporary);
        } catch (IOException e) {
            deleteTree(temporary);
            if (!LibrarySet.isIn(target)) { // some systems report a lost race as a plain failure
                throw e;
            }
        }
    }

    private InputStream open(Entry entry) throws IOException {
        InputStream in = loader.getResourceAsStream(entry.resource());
        if (in == null) {
            throw new IOException("the jar's list names " + entry.resource() + ", which it does not contain");
        }
        return in;
    }

    private byte @Nullable [] read(String resource) {
        try (InputStream in = loader.getResourceAsStream(resource)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new Vlm4jException.NativeLoad("cannot read " + resource, e);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
