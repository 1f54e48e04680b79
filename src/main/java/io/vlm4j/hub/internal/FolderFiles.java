package io.vlm4j.hub.internal;

import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/// The files of a push. All are plain files within the folder, also where links point to them.
///
/// @param folder  without links
/// @param leftOut by their paths
public record FolderFiles(Path folder, List<SourceFile> files, List<String> leftOut) {
    private static final int MOST = 10_000;
    private static final Set<String> NEVER = Set.of(".git", ".cache", UploadMemory.FOLDER);
    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-.+\\.safetensors|best\\.safetensors");
    private static final Pattern CHECKPOINT_FOLDER = Pattern.compile("checkpoint-.+");

    /// All that options do not leave out.
    ///
    /// @throws IllegalArgumentException when there is none, too many, or one that cannot be pushed
    public static FolderFiles of(Path given, PushOptions options) {
        Path folder = real(given);
        List<SourceFile> files = new ArrayList<>();
        List<String> leftOut = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path found, BasicFileAttributes attributes) {
                    if (!found.equals(folder) && isLeftOut(found, CHECKPOINT_FOLDER, options)) {
                        leftOut.add(path(folder, found) + "/");
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) throws IOException {
                    if (isLeftOut(found, CHECKPOINT, options)) {
                        leftOut.add(path(folder, found));
                    } else {
                        files.add(source(folder, found));
                        requireFew(files, folder);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + given + ": " + e, e);
        }
        leftOut.remove(UploadMemory.FOLDER + "/");
        return of(folder, files, leftOut);
    }

    /// These and no others.
    ///
    /// @throws IllegalArgumentException when there is none, too many, or one that cannot be pushed
    public static FolderFiles of(Path given, List<Path> chosen) {
        Path folder = real(given);
        List<SourceFile> files = new ArrayList<>();
        for (Path file : chosen.stream()
                .map(folder::resolve)
                .map(Path::normalize)
                .distinct()
                .toList()) {
            try {
                Path parent = file.toAbsolutePath().getParent();
                Path found = parent == null ? file : parent.toRealPath().resolve(file.getFileName());
                if (!found.startsWith(folder)) {
                    throw new IllegalArgumentException(file + " is not in " + given);
                }
                files.add(source(folder, found));
                requireFew(files, folder);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + file + ": " + e, e);
            }
        }
        return of(folder, files, List.of());
    }

    private static FolderFiles of(Path folder, List<SourceFile> files, List<String> leftOut) {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to push in " + folder
                    + (leftOut.isEmpty() ? "" : " but what is left out: " + String.join(", ", leftOut)));
        }
        files.sort(Comparator.comparing(SourceFile::path));
        return new FolderFiles(
                folder, List.copyOf(files), leftOut.stream().sorted().toList());
    }

    private static Path real(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(folder + " is no folder");
        }
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder + ": " + e, e);
        }
    }

    private static void requireFew(List<SourceFile> files, Path folder) {
        if (files.size() > MOST) {
            throw new IllegalArgumentException(folder + " has more than " + MOST + " files, too many for a commit");
        }
    }

    private static boolean isLeftOut(Path found, Pattern checkpoint, PushOptions options) {
        String name = found.getFileName().toString();
        return NEVER.contains(name)
                || (!options.hidden() && name.startsWith("."))
                || (!options.checkpoints() && checkpoint.matcher(name).matches());
    }

    /// @throws IllegalArgumentException when it is no plain file of the folder, or has a name that a hub cannot have
    private static SourceFile source(Path folder, Path found) throws IOException {
        String path = path(folder, found);
        if (path.chars().anyMatch(c -> Character.isISOControl(c) || c == '\\' || c == '\uFFFD')) {
            throw new IllegalArgumentException(found + " has a name that cannot be pushed");
        }
        if (StreamSupport.stream(folder.relativize(found).spliterator(), false)
                .anyMatch(part -> NEVER.contains(part.toString()))) {
            throw new IllegalArgumentException(found + " is in a folder that cannot be pushed");
        }
        Path real = found.toRealPath();
        if (!real.startsWith(folder)) {
            throw new IllegalArgumentException(found + " is a link out of the folder, to " + real);
        }
        BasicFileAttributes attributes =
                Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new IllegalArgumentException(found
                    + (attributes.isDirectory()
                            ? " is a link to a folder, or a folder, and no file"
                            : " is no plain file"));
        }
        return new SourceFile(path, real, attributes);
    }

    private static String path(Path folder, Path found) {
        return folder.relativize(found).toString().replace(found.getFileSystem().getSeparator(), "/");
    }

    public PushPlan plan() {
        return new PushPlan(
                files.stream().map(SourceFile::path).toList(),
                files.stream().mapToLong(SourceFile::size).sum(),
                leftOut);
    }
}
