package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `--image-cache` as its users have it: one process after the other, and several at once.
@Tag("native")
@Tag("model")
class ImageCacheTest {
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private List<String> line(String picture) {
        return List.of(
                "describe", "--json", "--image-cache", folder.resolve("cache").toString(), picture);
    }

    private Process start(String picture) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.vlm4j.cli.Main"));
        command.addAll(line(picture));
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private static JsonNode result(Process process) throws IOException, InterruptedException {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("has ended").isTrue();
        return new JsonMapper().readTree(out).get("results").get(0);
    }

    private static int cached(JsonNode result) {
        assertThat(result.get("answer").asString()).isEqualTo("a red apple");
        return result.get("usage").get("cached_image_tokens").asInt();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void theNextProcessEncodesNothing() throws IOException, InterruptedException {
        assertThat(cached(result(start(APPLE)))).isZero();
        List<String> written = files();
        assertThat(written).filteredOn(name -> name.endsWith(".embedding")).hasSize(1);
        int cached = cached(result(start(APPLE)));
        assertThat(cached).as("from %s, and now there is %s", written, files()).isEqualTo(64);
        assertThat(cached(CommandRun.of(line(APPLE)).json().get("results").get(0)))
                .isEqualTo(64);
    }

    @Test
    void processesAtOnceDoNotGetInEachOthersWay() throws IOException, InterruptedException {
        List<Process> processes = List.of(start(APPLE), start(APPLE), start(APPLE));
        for (Process process : processes) {
            assertThat(cached(result(process))).isIn(0, 64);
        }
        assertThat(folder.resolve("err")).isEmptyFile();
        assertThat(files()).filteredOn(name -> name.endsWith(".embedding")).hasSize(1);
        assertThat(files()).noneMatch(name -> name.endsWith(".tmp"));
    }

    @Test
    void aPictureThatComesAgainInOneCommandIsEncodedOnce() {
        String tomato = TestModels.sample("09-tomato.png").toString();
        JsonNode results =
                CommandRun.of("describe", "--json", APPLE, tomato, APPLE).json().get("results");

        assertThat(cached(results.get(0))).isZero();
        assertThat(cached(results.get(2))).isEqualTo(64);
    }

    @Test
    void aFolderThatCannotBeUsedIsCodeTwo() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        CommandRun run = CommandRun.of("describe", "--image-cache", file.toString(), APPLE);

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("vlm4j: --image-cache: ").contains(file.toString());
    }
}
