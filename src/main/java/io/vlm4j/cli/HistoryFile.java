package io.vlm4j.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where what was typed is remembered: `vlm4j/history` in the folder for state that the XDG base directory
/// specification names. Only its owner may read it.
final class HistoryFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<?> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> PRIVATE_FILE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);

    private HistoryFile() {}

    /// @param stateHome the variable `XDG_STATE_HOME`; a relative path does not count
    static Path place(@Nullable String stateHome, Path home) {
        Path state = stateHome != null && stateHome.startsWith("/")
                ? Path.of(stateHome)
                : home.resolve(".local").resolve("state");
        return state.resolve("vlm4j").resolve("history");
    }

    /// Makes the file, or makes one that is there private.
    static void prepare(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            Files.createDirectories(folder, PRIVATE_FOLDER);
        }
        try {
            Files.createFile(file, PRIVATE_FILE);
        } catch (FileAlreadyExistsException e) {
            Files.setPosixFilePermissions(file, OWNER_ONLY);
        }
    }
}
