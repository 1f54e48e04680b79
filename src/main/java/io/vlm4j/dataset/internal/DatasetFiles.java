package io.vlm4j.dataset.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/// Tells what files and folders are.
public final class DatasetFiles {
    private static final String METADATA = "metadata.jsonl";
    private static final String DATA = "data";
    private static final String PARQUET = "*.parquet";
    private static final String PARQUET_BEGINNING = "PAR1";
    private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";
    private static final int BEGINNING = 1 << 12;

    private DatasetFiles() {}

    /// What a dataset is read from.
    public enum Kind {
        PARQUET,
        JSONL,
        JSON_ARRAY,
        PICTURES
    }

    /// @throws InvalidFile when there is no such file
    public static Kind kind(Path path) {
        if (Files.isDirectory(path)) {
            if (Files.isRegularFile(path.resolve(METADATA))) {
                return Kind.JSONL;
            }
            return shards(path).isEmpty() ? Kind.PICTURES : Kind.PARQUET;
        }
        String beginning = beginning(path);
        if (beginning.startsWith(PARQUET_BEGINNING)) {
            return Kind.PARQUET;
        }
        String text = beginning.startsWith(BYTE_ORDER_MARK) ? beginning.substring(BYTE_ORDER_MARK.length()) : beginning;
        boolean named = String.valueOf(path.getFileName()).endsWith(".jsonl");
        return !named && text.stripLeading().startsWith("[") ? Kind.JSON_ARRAY : Kind.JSONL;
    }

    /// The first bytes, each as the character of its number.
    private static String beginning(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(BEGINNING), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new InvalidFile("no such file: " + file, e);
        } catch (IOException e) {
            throw new InvalidFile("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// A parquet file, or those of a folder.
    public static List<Path> shards(Path path) {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        List<Path> found = list(path, PARQUET);
        Path data = path.resolve(DATA);
        return found.isEmpty() && Files.isDirectory(data) ? list(data, PARQUET) : found;
    }

    /// A JSONL file, or that of a folder.
    public static Path lines(Path path) {
        return Files.isDirectory(path) ? path.resolve(METADATA) : path;
    }

    /// @throws InvalidFile when no file matches
    public static List<Path> matching(Path folder, String pattern) {
        List<Path> found = list(folder, pattern);
        if (found.isEmpty()) {
            throw new InvalidFile("no file in " + folder + " matches " + pattern);
        }
        return found;
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, pattern)) {
            files.forEach(found::add);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("no glob pattern: " + pattern, e);
        } catch (IOException e) {
            throw new InvalidFile("cannot read the folder " + folder + ": " + e.getMessage(), e);
        }
        Collections.sort(found);
        return found;
    }
}
