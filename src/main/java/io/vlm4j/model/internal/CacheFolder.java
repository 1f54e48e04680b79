package io.vlm4j.model.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A folder of small files of bounded total size, which several processes may use at once without knowing of each
/// other. A file appears whole or not at all, because it is written under another name and renamed; the ones used
/// longest ago are deleted when room is needed; a file that another process deletes meanwhile is just not there.
///
/// Files are not forced to disk: after a power failure one may be damaged, which its reader finds out. Files that
/// are not ours by their names are left alone. No failure is thrown; they are counted, and the first is logged.
///
/// Thread rule: thread-safe.
final class CacheFolder {
    private static final Logger LOGGER = LoggerFactory.getLogger(CacheFolder.class);
    private static final Pattern OURS = Pattern.compile("[0-9a-f]{64}\\.(embedding|sha256)");
    private static final Pattern UNFINISHED = Pattern.compile(OURS.pattern() + "\\.[0-9a-f-]{36}\\.tmp");

    /// Far longer than writing a file takes. What is older was left by a process that was killed.
    private static final Duration UNFINISHED_LIFE = Duration.ofHours(1);

    private final Path folder;
    private final long maxBytes;
    private final long slack; // freed at once, so that not every write has to look at all files
    private final AtomicLong failures = new AtomicLong();
    private long bytes; // as of the last look, and what was written since
    private long unseen; // written since the last look; other processes may have written as much

    /// What fills a file.
    @FunctionalInterface
    interface Writing {
        void to(FileChannel channel) throws IOException;
    }

    /// What makes use of a file's content.
    @FunctionalInterface
    interface Reading {
        /// @return whether the content is what it should be; if not, the file is deleted
        boolean from(FileChannel channel) throws IOException;
    }

    private record Found(Path path, long size, FileTime used) {}

    /// @throws IllegalArgumentException when the folder cannot be made or read, or is no folder
    CacheFolder(Path folder, long maxBytes) {
        this.folder = folder.toAbsolutePath();
        this.maxBytes = maxBytes;
        this.slack = maxBytes / 16;
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IllegalArgumentException("directory " + folder + " cannot be used as a cache: it is a file");
        }
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder, onlyForTheUser(folder));
            }
            cleanUp(0);
        } catch (IOException e) {
            throw new IllegalArgumentException("directory " + folder + " cannot be used as a cache: " + e, e);
        }
    }

    /// What pictures show is the user's business.
    private static FileAttribute<?>[] onlyForTheUser(Path folder) {
        return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
    }

    long failures() {
        return failures.get();
    }

    /// Reads a file and notes that it was used.
    ///
    /// @return whether it was there and its content was good
    boolean read(String name, Reading reading) {
        Path file = folder.resolve(name);
        try {
            if (isGood(file, reading)) {
                touch(file);
                return true;
            }
            Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            failed("read " + file, e);
        }
        return false;
    }

    private static boolean isGood(Path file, Reading reading) throws IOException {
        if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile()) {
            return false; // opening a pipe would wait for its writer
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            return reading.from(channel);
        }
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOGGER.trace("{} stays as old as it was", file, e); // a folder for reading only, or just deleted
        }
    }

    /// Writes a file unless it is larger than all files together may be.
    void write(String name, long size, Writing writing) {
        if (size > maxBytes) {
            return;
        }
        Path file = folder.resolve(name);
        Path unfinished = folder.resolve(name + "." + UUID.randomUUID() + ".tmp");
        try {
            if (!makeRoom(size)) {
                return;
            }
            try (FileChannel channel =
                    FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writing.to(channel);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            failed("write " + file, e);
            discard(unfinished);
        } catch (Throwable e) {
            discard(unfinished);
            throw e;
        }
    }

    private static void discard(Path unfinished) {
        try {
            Files.deleteIfExists(unfinished);
        } catch (IOException e) {
            LOGGER.trace("{} is left for later", unfinished, e);
        }
    }

    /// Counts a failure, and logs it if it is the first.
    void failed(String what, IOException failure) {
        if (failures.getAndIncrement() == 0) {
            LOGGER.warn(
                    "cannot {}: {}; this and further failures of the cache cost time only", what, failure.toString());
        }
        LOGGER.debug("cannot {}", what, failure);
    }

    /// @return whether there is room now; not when old files cannot be deleted
    private synchronized boolean makeRoom(long incoming) throws IOException {
        if (bytes + incoming > maxBytes || unseen + incoming > slack) {
            cleanUp(incoming);
        }
        if (bytes + incoming > maxBytes) {
            return false;
        }
        bytes += incoming;
        unseen += incoming;
        return true;
    }

    private synchronized void cleanUp(long incoming) throws IOException {
        List<Found> files = look();
        bytes = files.stream().mapToLong(Found::size).sum();
        unseen = 0;
        if (bytes + incoming > maxBytes) {
            deleteOldest(files, Math.max(0, maxBytes - slack - incoming));
        }
    }

    private void deleteOldest(List<Found> files, long goal) {
        files.sort(Comparator.comparing(Found::used));
        for (Found file : files) {
            if (bytes <= goal) {
                return;
            }
            try {
                Files.deleteIfExists(file.path());
                bytes -= file.size();
            } catch (IOException e) {
                failed("delete " + file.path(), e);
            }
        }
    }

    /// Our files. What was left unfinished long ago is deleted on the way.
    private List<Found> look() throws IOException {
        Instant limit = Instant.now().minus(UNFINISHED_LIFE);
        List<Found> files = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
            for (Path path : paths) {
                String name = path.getFileName().toString();
                boolean finished = OURS.matcher(name).matches();
                if (finished || UNFINISHED.matcher(name).matches()) {
                    BasicFileAttributes attributes = attributes(path);
                    if (attributes == null || !attributes.isRegularFile()) {
                        continue;
                    }
                    if (finished) {
                        files.add(new Found(path, attributes.size(), attributes.lastModifiedTime()));
                    } else if (attributes.lastModifiedTime().toInstant().isBefore(limit)) {
                        discard(path);
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return files;
    }

    private static @Nullable BasicFileAttributes attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null; // deleted by another process since it was listed
        }
    }
}
