package io.vlm4j.model.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/// Tells a file from others and from itself before a change, without reading it. On Unix the time of the last change
/// of its inode is among it, which no copying tool can set back.
record FileStamp(Path path, long size, FileTime modified, FileTime changed, String node) {
    /// Longer than a file system's clock may stand still: a file this old was not written since it was looked at.
    private static final Duration SETTLED = Duration.ofSeconds(2);

    static FileStamp of(Path file) throws IOException {
        Path path = file.toRealPath();
        BasicFileAttributes basic = Files.readAttributes(path, BasicFileAttributes.class);
        FileTime changed = path.getFileSystem().supportedFileAttributeViews().contains("unix")
                ? (FileTime) Files.getAttribute(path, "unix:ctime")
                : basic.lastModifiedTime();
        return new FileStamp(
                path, basic.size(), basic.lastModifiedTime(), changed, Objects.toString(basic.fileKey(), ""));
    }

    /// Whether the file still is what it was; not when that cannot be told.
    boolean holds() {
        try {
            return equals(of(path));
        } catch (IOException e) {
            return false;
        }
    }

    /// Whether any change from now on gives another stamp.
    boolean isSettled() {
        Instant limit = Instant.now().minus(SETTLED);
        return modified.toInstant().isBefore(limit) && changed.toInstant().isBefore(limit);
    }
}
