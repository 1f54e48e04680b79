package io.vlm4j.runtime.internal;

import io.vlm4j.Vlm4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A folder of native libraries with its `LIBRARIES` list: one file name a line, in load order; `backend NAME`
/// lines name libraries that ggml loads by itself; `#` starts a comment.
///
/// @param files  what the JVM loads, in order
/// @param origin why this folder was chosen, in words
public record LibrarySet(Path directory, List<Path> files, String origin) {
    static final String LIST = "LIBRARIES";

    static boolean isIn(Path directory) {
        return Files.isRegularFile(directory.resolve(LIST));
    }

    /// @throws Vlm4jException.NativeLoad when the list cannot be read or names a file that is not there
    static LibrarySet read(Path directory, String origin) {
        Path list = directory.resolve(LIST);
        List<Path> files = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(list)) {
                String name = line.strip();
                if (name.isEmpty() || name.startsWith("#") || name.startsWith("backend ")) {
                    continue;
                }
                Path file = directory.resolve(plainName(name, list)).toAbsolutePath();
                if (!Files.isRegularFile(file)) {
                    throw new Vlm4jException.NativeLoad(list + " names " + name + ", which is not there", null);
                }
                files.add(file);
            }
        } catch (IOException e) {
            throw new Vlm4jException.NativeLoad("cannot read " + list, e);
        }
        if (files.isEmpty()) {
            throw new Vlm4jException.NativeLoad(list + " names no library", null);
        }
        return new LibrarySet(directory.toAbsolutePath(), List.copyOf(files), origin);
    }

    /// Refuses anything but a file name: a list must not reach outside its folder.
    static String plainName(String name, Object list) {
        if (name.contains("/") || name.contains("\\") || name.startsWith(".")) {
            throw new Vlm4jException.NativeLoad(list + " names '" + name + "', which is not a plain file name", null);
        }
        return name;
    }
}
