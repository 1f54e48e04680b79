package io.vlm4j.runtime.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Control groups as the kernel's documentation has them.
class MainMemoryTest {
    @TempDir
    private Path folder;

    @Test
    void theLeastLimitOfTheGroupAndThoseAroundItCounts() throws IOException {
        write("mount/a/b/memory.max", "max\n");
        write("mount/a/memory.max", "1073741824\n");
        write("mount/memory.max", "2147483648\n");

        assertThat(memory("0::/a/b\n").limit()).hasValue(1L << 30);
        assertThat(memory("0::/\n").limit()).hasValue(1L << 31);
    }

    @Test
    void aContainerSeesItsOwnGroupAsTheRoot() throws IOException {
        write("mount/memory.max", "536870912\n");

        assertThat(memory("0::/system.slice/docker-1234.scope\n").limit()).hasValue(1L << 29);
    }

    @Test
    void versionOneIsKnownToo() throws IOException {
        write("mount/memory/jobs/memory.limit_in_bytes", "268435456\n");
        write("mount/memory/memory.limit_in_bytes", "9223372036854771712\n");

        assertThat(memory("12:cpu,cpuacct:/\n4:memory:/jobs\n").limit()).hasValue(1L << 28);
        assertThat(memory("4:memory:/\n").limit()).isEmpty();
    }

    @Test
    void withoutALimitOrAnythingReadableThereIsNone() throws IOException {
        write("mount/memory.max", "max\n");

        assertThat(memory("0::/\n").limit()).isEmpty();
        assertThat(memory("nonsense\n").limit()).isEmpty();
        assertThat(memory("0::/../../../etc\n").limit()).isEmpty();
        assertThat(new MainMemory(folder.resolve("none"), folder.resolve("none")).limit())
                .isEmpty();
    }

    private MainMemory memory(String groups) throws IOException {
        write("groups", groups);
        return new MainMemory(folder.resolve("groups"), folder.resolve("mount"));
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
