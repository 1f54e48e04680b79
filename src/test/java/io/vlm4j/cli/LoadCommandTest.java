package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoadCommandTest {
    @Test
    void aTableHasARowForEachNumberOfClientsAndKind() throws IOException {
        try (ScriptedServer server = ScriptedServer.working()) {
            CommandRun run = CommandRun.of(
                    "load",
                    server.address().toString(),
                    "--clients",
                    "1,2",
                    "--mix",
                    "both",
                    "--stall",
                    "2",
                    "--again");

            assertThat(run.err()).isEmpty();
            assertThat(run.code()).isZero();
            assertThat(run.out().lines().filter(line -> line.contains(" text ")))
                    .hasSize(3);
            assertThat(run.out()).contains("2 + 1", "the same picture again: first token after");
        }
    }

    @Test
    void jsonHasTheDocumentedShape() throws IOException {
        try (ScriptedServer server = ScriptedServer.working()) {
            CommandRun run = CommandRun.of("load", server.address().toString(), "--clients", "2", "--json");
            JsonNode report = JsonMapper.shared().readTree(run.out());

            assertThat(report.at("/levels/0/clients").asInt()).isEqualTo(2);
            assertThat(report.at("/levels/0/mix").asString()).isEqualTo("text");
            assertThat(report.at("/levels/0/completion_tokens").asInt()).isEqualTo(2 * 4 * 5);
            assertThat(report.at("/levels/0/text/answers").asInt()).isEqualTo(8);
            assertThat(report.has("stall")).isFalse();
        }
    }

    @Test
    void theKeyComesFromAFile(@TempDir Path folder) throws IOException {
        Path key = Files.writeString(folder.resolve("key"), "s3cret\n");
        try (ScriptedServer server = ScriptedServer.working()) {
            CommandRun.of("load", server.address().toString(), "--clients", "1", "--api-key-file", key.toString());

            assertThat(server.keys()).containsOnly("Bearer s3cret");
        }
    }

    @Test
    void aServerThatRefusesIsNamedWithItsReason() throws IOException {
        try (ScriptedServer server = new ScriptedServer(401, "no key")) {
            CommandRun run = CommandRun.of("load", server.address().toString());

            assertThat(run.code()).isEqualTo(ExitCode.FAILURE);
            assertThat(run.err()).contains(server.address().toString(), "401", "no key");
        }
    }
}
