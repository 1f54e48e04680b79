package io.vlm4j.hub.internal;

import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is remembered of large files on their way, so that a push that was interrupted goes on. For each there
/// is a file with lines of JSON: the first has the addresses of its parts, and each other a part that has
/// arrived. They are written at once.
///
/// Addresses are signed, so they are for the owner's eyes. Where nothing can be written, pushing works without.
final class UploadMemory {
    static final String FOLDER = ".vlm4j-push";

    private static final Logger LOG = LoggerFactory.getLogger(UploadMemory.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final long LONGEST = 1 << 25;
    private static final String NAME = "[0-9a-f]{64}";

    private final Path folder;
    private final String repository;

    /// @param pushed     the folder that is pushed
    /// @param repository with the hub that it is of
    UploadMemory(Path pushed, String repository) {
        this.folder = pushed.resolve(FOLDER);
        this.repository = repository;
    }

    /// An upload in parts.
    ///
    /// @param action what the hub said to do
    /// @param etags  of the parts that have arrived, by their numbers from 1
    record Begun(LfsObject.Action action, Map<Integer, String> etags) {}

    /// What was remembered last of a file, unless it was for another repository or is damaged.
    Optional<Begun> recall(String oid) {
        Path file = folder.resolve(oid);
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > LONGEST) {
                return Optional.empty();
            }
            String text = Files.readString(file);
            List<String> lines =
                    text.substring(0, text.lastIndexOf('\n') + 1).lines().toList(); // the last may be cut off
            return lines.isEmpty() ? Optional.empty() : begun(lines);
        } catch (IOException | JacksonException | IllegalArgumentException e) {
            LOG.debug("what was remembered of an upload cannot be used: {}", file);
            return Optional.empty();
        }
    }

    private Optional<Begun> begun(List<String> lines) {
        JsonNode first = JSON.readTree(lines.getFirst());
        if (!first.path("repository").asString("").equals(repository)) {
            return Optional.empty();
        }
        Map<String, String> header = new HashMap<>();
        first.path("header")
                .properties()
                .forEach(entry -> header.put(entry.getKey(), entry.getValue().asString("")));
        Map<Integer, String> etags = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            JsonNode part = JSON.readTree(line);
            etags.put(part.path("part").asInt(0), part.path("etag").asString(""));
        }
        return Optional.of(
                new Begun(new LfsObject.Action(URI.create(first.path("href").asString("")), header), etags));
    }

    /// An upload begins, or goes on with new addresses.
    void begin(String oid, LfsObject.Action action, Map<Integer, String> etags) {
        ObjectNode first = JSON.createObjectNode()
                .put("repository", repository)
                .put("href", action.href().toString());
        ObjectNode header = first.putObject("header");
        action.header().forEach(header::put);
        StringBuilder lines = new StringBuilder(first + "\n");
        etags.forEach((part, etag) -> lines.append(line(part, etag)));
        write(oid, lines.toString(), false);
    }

    /// A part has arrived.
    synchronized void arrived(String oid, int part, String etag) {
        write(oid, line(part, etag), true);
    }

    private static String line(int part, String etag) {
        return JSON.createObjectNode().put("part", part).put("etag", etag) + "\n";
    }

    /// Not through a channel, which would be closed when the thread is interrupted: then it matters most.
    private void write(String oid, String text, boolean append) {
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                boolean posix =
                        folder.getFileSystem().supportedFileAttributeViews().contains("posix");
                Files.createDirectory(folder, posix ? new FileAttribute<?>[] {OWNER_ONLY} : new FileAttribute<?>[0]);
            }
            try (FileOutputStream out = new FileOutputStream(folder.resolve(oid).toFile(), append)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            LOG.warn("an interrupted push will begin anew, because {} cannot be written: {}", folder, e.toString());
        }
    }

    void forget(String oid) {
        try {
            Files.deleteIfExists(folder.resolve(oid));
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", folder.resolve(oid), e.toString());
        }
    }

    /// All is done.
    void forgetAll() {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches(NAME))
                    .forEach(this::forget);
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", folder, e.toString());
        }
    }
}
