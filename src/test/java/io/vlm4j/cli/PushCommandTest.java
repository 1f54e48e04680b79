package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.HubServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class PushCommandTest {
    private static final String REPO = "me/my-lora";

    @TempDir
    private Path temporary;

    private final HubServer server = HubServer.start();

    private Path folder() {
        return temporary.resolve("folder");
    }

    @BeforeEach
    void fill() throws IOException {
        byte[] adapter = new byte[95_000];
        new Random(1).nextBytes(adapter);
        Files.createDirectory(folder());
        Files.write(folder().resolve("adapter.gguf"), adapter);
        Files.writeString(folder().resolve("README.md"), "# Mine\n");
        Files.writeString(folder().resolve("checkpoint-000000001.safetensors"), "x");
        Files.writeString(temporary.resolve("token"), HubServer.TOKEN + "\n");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private List<String> arguments(String... more) {
        List<String> arguments = new ArrayList<>(List.of("push", folder().toString(), REPO));
        arguments.addAll(List.of("--endpoint", server.address().toString()));
        arguments.addAll(List.of("--token-file", temporary.resolve("token").toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    @Test
    void aFolderIsSentAndTheRepositorysPageIsPrinted() {
        CommandRun run = CommandRun.of(arguments("--private", "--revision", "next", "--message", "First"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(server.address() + "/" + REPO + "/tree/next\n");
        assertThat(run.err())
                .contains("to me/my-lora: 2 files, 95.0 kB; left out: checkpoint-000000001.safetensors\n")
                .contains(": README.md, adapter.gguf (95.0 kB of large files sent)\n");
        assertThat(server.repository(REPO).visibility()).isEqualTo("private");
        assertThat(server.repository(REPO).commits()).containsExactly("First");
        assertThat(server.repository(REPO).files()).containsOnlyKeys("README.md", "adapter.gguf");
    }

    @Test
    void someFilesAreSentAndReportedAsJson() {
        CommandRun run = CommandRun.of(arguments("--json", "README.md", "checkpoint-000000001.safetensors"));
        CommandRun again = CommandRun.of(arguments("README.md"));

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(json.get("page").asString()).isEqualTo(server.address() + "/" + REPO);
        assertThat(json.get("commit").asString()).hasSize(40);
        assertThat(json.get("pushed")).hasSize(2);
        assertThat(json.get("unchanged")).isEmpty();
        assertThat(json.get("sent_bytes").asLong()).isZero();
        assertThat(again.err()).contains("all is there already, at commit ");
    }

    @Test
    void aDryRunOnlyTells() {
        CommandRun text = CommandRun.of(arguments("--dry-run", "--with-checkpoints"));
        CommandRun json = CommandRun.of(arguments("--dry-run", "--json"));

        assertThat(text.out()).isEqualTo("README.md\nadapter.gguf\ncheckpoint-000000001.safetensors\n");
        assertThat(json.json().get("left_out").get(0).asString()).isEqualTo("checkpoint-000000001.safetensors");
        assertThat(json.json().get("bytes").asLong()).isEqualTo(95_007);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void whatIsRefusedHasAnExitCodeOfItsOwn() {
        server.fail("POST /api/repos/create", 1, 403);
        CommandRun refused = CommandRun.of(arguments());
        CommandRun name = CommandRun.of("push", folder().toString(), "nobody");
        CommandRun address = CommandRun.of("push", folder().toString(), REPO, "--endpoint", "http://example.com");
        CommandRun missing = CommandRun.of(arguments("no.gguf"));
        CommandRun message = CommandRun.of(arguments("--message", " "));

        assertThat(refused.code()).isEqualTo(ExitCode.HUB);
        assertThat(refused.err()).contains("vlm4j: cannot create me/my-lora: 403", "lacks the right to write");
        assertThat(name.code()).isEqualTo(ExitCode.USAGE);
        assertThat(name.err()).contains("must be OWNER/NAME");
        assertThat(address.code()).isEqualTo(ExitCode.USAGE);
        assertThat(address.err()).contains("must be https");
        assertThat(missing.code()).isEqualTo(ExitCode.FAILURE);
        assertThat(missing.err()).contains("no.gguf");
        assertThat(message.code()).isEqualTo(ExitCode.USAGE);
        for (CommandRun run : List.of(refused, name, address, missing, message)) {
            assertThat(run.out() + run.err()).doesNotContain(HubServer.TOKEN);
        }
    }

    /// Killed when nine parts of ten have arrived.
    @Test
    void killedItGoesOnAndNoPartIsSentTwice() throws IOException, InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        server.fail("PUT /part/.*/4", 1, exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        Process process = start(arguments());
        while (process.isAlive() && remembered() < 10) {
            process.waitFor(5, TimeUnit.MILLISECONDS);
        }
        process.destroyForcibly().waitFor(); // SIGKILL
        over.countDown();
        int before = server.requests("storage", "PUT").size();
        CommandRun run = CommandRun.of(arguments("--json"));

        assertThat(before).as(Files.readString(temporary.resolve("output"))).isEqualTo(10);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().get("sent_bytes").asLong()).isEqualTo(10_000);
        assertThat(server.requests("storage", "PUT")).hasSize(before + 1);
        assertThat(server.repository(REPO).files().get("adapter.gguf"))
                .isEqualTo(Files.readAllBytes(folder().resolve("adapter.gguf")));
        assertThat(Stream.of(folder().toFile().list())).noneMatch(name -> name.startsWith("."));
    }

    /// Lines of what is remembered: one, and one for each part that has arrived.
    private long remembered() throws IOException {
        Path memory = folder().resolve(".vlm4j-push");
        if (!Files.isDirectory(memory)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(memory)) {
            Map<Path, Long> lines = files.collect(Collectors.toMap(file -> file, PushCommandTest::lines));
            return lines.values().stream().mapToLong(count -> count).sum();
        }
    }

    private static long lines(Path file) {
        try {
            return Files.readString(file).lines().count();
        } catch (IOException e) {
            return 0;
        }
    }

    private Process start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.vlm4j.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(temporary.resolve("output").toFile())
                .start();
    }
}
