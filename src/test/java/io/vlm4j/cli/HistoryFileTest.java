package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
    private static final Path HOME = Path.of("/home/me");

    @TempDir
    private Path folder;

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void itLiesInTheFolderForState() {
        assertThat(HistoryFile.place("/var/state", HOME)).isEqualTo(Path.of("/var/state/vlm4j/history"));
        assertThat(HistoryFile.place(null, HOME)).isEqualTo(Path.of("/home/me/.local/state/vlm4j/history"));
        assertThat(HistoryFile.place("", HOME)).isEqualTo(Path.of("/home/me/.local/state/vlm4j/history"));
        assertThat(HistoryFile.place("state", HOME)).isEqualTo(Path.of("/home/me/.local/state/vlm4j/history"));
    }

    @Test
    void onlyItsOwnerMayReadIt() throws IOException {
        Path file = HistoryFile.place(folder.resolve("state").toString(), HOME);
        HistoryFile.prepare(file);

        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(permissions(file.getParent())).isEqualTo("rwx------");
    }

    @Test
    void oneThatEverybodyCouldReadIsMadePrivate() throws IOException {
        Path file = Files.writeString(folder.resolve("history"), "a secret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        HistoryFile.prepare(file);

        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(file).hasContent("a secret");
    }
}
