package io.vlm4j.runtime.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// What a control group lets this process have of the machine's memory. The kernel ends a process that takes more.
///
/// Source: the kernel's admin-guide/cgroup-v2.rst (`memory.max`) and cgroup-v1/memory.rst.
///
/// @param groups the file that says which groups the process is in
/// @param mount  where control groups are mounted
public record MainMemory(Path groups, Path mount) {
    private static final long NO_LIMIT = 1L << 60; // version 1 says "none" as a number near 2^63

    public static MainMemory ofThisProcess() {
        return new MainMemory(Path.of("/proc/self/cgroup"), Path.of("/sys/fs/cgroup"));
    }

    /// The least limit of the process's group and those around it, in bytes; empty when there is none.
    public OptionalLong limit() {
        long least = NO_LIMIT;
        for (String line : lines(groups)) {
            String[] fields = line.split(":", 3); // number, controllers, path
            if (fields.length == 3 && fields[1].isEmpty()) {
                least = Math.min(least, least(mount, fields[2], "memory.max"));
            } else if (fields.length == 3 && List.of(fields[1].split(",", -1)).contains("memory")) {
                least = Math.min(least, least(mount.resolve("memory"), fields[2], "memory.limit_in_bytes"));
            }
        }
        return least < NO_LIMIT ? OptionalLong.of(least) : OptionalLong.empty();
    }

    private static long least(Path root, String group, String file) {
        long least = NO_LIMIT;
        Path folder = root.resolve(group.substring(Math.min(1, group.length()))).normalize();
        for (Path at = folder; at != null && at.startsWith(root); at = at.getParent()) {
            least = Math.min(least, value(at.resolve(file)));
        }
        return Math.min(least, value(root.resolve(file))); // a container's own group is mounted as the root
    }

    private static long value(Path file) {
        List<String> lines = lines(file);
        try {
            return lines.isEmpty() ? NO_LIMIT : Long.parseLong(lines.getFirst().strip());
        } catch (NumberFormatException e) { // "max"
            return NO_LIMIT;
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
