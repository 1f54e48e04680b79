package io.vlm4j.cli;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Names of files as people type or drop them: `~/` is the home folder, and `file://` is understood.
final class UserPath {
    private UserPath() {}

    /// @throws Failure when no file can have such a name
    static Path of(String name) {
        try {
            if (name.startsWith("file://")) {
                return Path.of(URI.create(name));
            }
            return name.equals("~") || name.startsWith("~/")
                    ? home().resolve(name.substring(Math.min(2, name.length())))
                    : literal(name);
        } catch (IllegalArgumentException | FileSystemNotFoundException e) {
            throw new Failure(ExitCode.USAGE, "not the address of a file: " + name, e);
        }
    }

    /// A name as programs write it.
    ///
    /// @throws Failure when no file can have such a name
    static Path literal(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) { // most often a name in UTF-8 where the locale is another
            throw new Failure(
                    ExitCode.IMAGE,
                    "not a file name under the locale of this process: " + name + " (try LC_ALL=C.UTF-8)",
                    e);
        }
    }

    static Path home() {
        String home = System.getenv("HOME");
        return Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home);
    }
}
