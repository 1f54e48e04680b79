package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.testkit.HubServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class TrainCommandTest {
    private static final String DATA = "models/pico-llava/samples/samples.jsonl";
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    private Path folder;

    private List<String> arguments(String out, String... more) {
        List<String> arguments = new ArrayList<>(List.of("train", "--dataset", DATA, "--stage", "lora", "--rank", "2"));
        arguments.addAll(List.of("--targets", "q_proj,v_proj", "--batch", "2", "--max-steps", "4", "--threads", "1"));
        arguments.addAll(
                List.of("--checkpoint-steps", "1", "--out", folder.resolve(out).toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    @Test
    void anAdapterIsTrainedThatTheModelLoads() {
        Path merged = folder.resolve("merged.gguf");
        CommandRun run = CommandRun.of(
                arguments("out", "--eval-share", "0.1", "--eval-steps", "2", "--merge", merged.toString(), "--json"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err().lines()).hasSize(3).first().asString().contains("training ", " parameters, 4 steps");
        JsonNode json = run.json();
        assertThat(json.get("ending").asString()).isEqualTo("done");
        assertThat(json.get("steps").asInt()).isEqualTo(4);
        assertThat(json.get("evaluation_loss").asDouble()).isPositive();
        try (Model model = Model.open(merged);
                LoraAdapter adapter =
                        model.openAdapter(Path.of(json.get("adapter").asString()))) {
            assertThat(adapter.rank()).isEqualTo(2);
            assertThat(adapter.matrices()).isEqualTo(12);
        }
    }

    @Test
    void whatWasTrainedGoesToTheHub() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), HubServer.TOKEN);
        try (HubServer server = HubServer.start()) {
            List<String> hub = List.of(
                    "--push-to-hub",
                    "me/my-lora",
                    "--endpoint",
                    server.address().toString(),
                    "--token-file",
                    token.toString());
            List<String> arguments = arguments("out", "--json");
            arguments.addAll(hub);
            CommandRun run = CommandRun.of(arguments);
            server.fail("POST /api/repos/create", 9, 403).fail("GET .*", 9, 404);
            List<String> other = arguments("other");
            other.addAll(hub);
            CommandRun refused = CommandRun.of(other);

            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.json().get("push").get("page").asString()).isEqualTo(server.address() + "/me/my-lora");
            Map<String, byte[]> files = server.repository("me/my-lora").files();
            assertThat(files)
                    .containsOnlyKeys(
                            "README.md",
                            "adapter.gguf",
                            "adapter_config.json",
                            "adapter_model.safetensors",
                            "loss.png");
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                assertThat(folder.resolve("out").resolve(file.getKey())).hasBinaryContent(file.getValue());
            }
            assertThat(new String(files.get("README.md"), StandardCharsets.UTF_8))
                    .startsWith("---\npipeline_tag: image-text-to-text\n")
                    .contains("- lora\n");
            assertThat(refused.code()).isEqualTo(ExitCode.HUB);
            assertThat(folder.resolve("other")).as("before any training").doesNotExist();
        }
    }

    @Test
    void interruptedItWritesACheckpointAndGoesOn() {
        Interruption interruption = new Interruption();
        Path second = folder.resolve("out/checkpoint-000000002.safetensors");
        Thread user = Thread.startVirtualThread(() -> {
            while (!Files.exists(second)) {
                Thread.onSpinWait();
            }
            interruption.request();
        });
        List<String> endless = arguments("out", "--warmup", "1");
        endless.set(endless.indexOf("--max-steps") + 1, "100000");
        CommandRun stopped = CommandRun.of(interruption, new byte[0], endless.toArray(String[]::new));
        user.interrupt();
        CommandRun again = CommandRun.of(endless);
        CommandRun other = CommandRun.of(arguments("out", "--resume"));

        assertThat(stopped.code()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(stopped.err()).contains("stopped after step ", "go on with --resume");
        assertThat(again.code()).isEqualTo(ExitCode.USAGE);
        assertThat(again.err()).contains("resume it, or choose another folder");
        assertThat(other.code()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("other settings");
    }

    @Test
    void killedItGoesOnAsIfNothingHadBeen() throws IOException, InterruptedException {
        assertThat(CommandRun.of(arguments("whole")).code()).isZero();
        List<String> cut = arguments("cut", "--resume");
        Path file = folder.resolve("cut/checkpoint-000000002.safetensors");
        Process process = start(cut);
        while (process.isAlive() && !Files.exists(file)) {
            process.waitFor(5, TimeUnit.MILLISECONDS);
        }
        process.destroyForcibly().waitFor(); // SIGKILL
        Process next = start(cut);

        assertThat(next.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(next.exitValue()).isZero();
        assertThat(folder.resolve("cut/adapter.gguf")).hasSameBinaryContentAs(folder.resolve("whole/adapter.gguf"));
    }

    /// A limit on the size of files ends writing as a full disk does.
    @Test
    void whenNoMoreCanBeWrittenTheLastCheckpointStays() throws IOException, InterruptedException {
        assertThat(CommandRun.of(arguments("whole")).code()).isZero();
        List<String> cut = arguments("cut", "--resume");
        Path file = folder.resolve("cut/checkpoint-000000002.safetensors");
        Process process = start(cut);
        while (process.isAlive() && !Files.exists(file)) {
            process.waitFor(5, TimeUnit.MILLISECONDS);
        }
        process.destroyForcibly().waitFor();
        List<String> before = files(folder.resolve("cut"));
        Process limited = start(cut, "bash", "-c", "ulimit -f 100; exec \"$@\"", "bash");
        assertThat(limited.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

        assertThat(limited.exitValue()).isEqualTo(ExitCode.FAILURE);
        assertThat(folder.resolve("output")).content().contains("cannot write " + folder.resolve("cut"));
        assertThat(files(folder.resolve("cut"))).isEqualTo(before);
        assertThat(CommandRun.of(cut).code()).isZero();
        assertThat(folder.resolve("cut/adapter.gguf")).hasSameBinaryContentAs(folder.resolve("whole/adapter.gguf"));
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private Process start(List<String> arguments, String... before) throws IOException {
        List<String> command = new ArrayList<>(List.of(before));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.vlm4j.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThat(CommandRun.of(arguments("out", "--warmup", "-1")).code()).isEqualTo(ExitCode.USAGE);
        CommandRun target = CommandRun.of(List.of(
                "train", "--dataset", DATA, "--stage", "lora", "--out", folder.toString(), "--targets", "lm_head"));
        assertThat(target.code()).isEqualTo(ExitCode.USAGE);
        assertThat(target.err()).contains("'lm_head'", "q_proj");
        CommandRun optim = CommandRun.of(arguments("out", "--optim", "sgd"));
        assertThat(optim.code()).isEqualTo(ExitCode.USAGE);
        assertThat(optim.err()).contains("'sgd'", "adamw_8bit");
        CommandRun backward = CommandRun.of(arguments("out", "--optimizer-in-backward"));
        assertThat(backward.code()).isEqualTo(ExitCode.USAGE);
        assertThat(backward.err()).contains("maxGradientNorm of 0");
        CommandRun merge = CommandRun.of(
                "train", "--dataset", DATA, "--stage", "projector", "--out", folder.toString(), "--merge", "x.gguf");
        assertThat(merge.code()).isEqualTo(ExitCode.USAGE);
        assertThat(merge.err()).contains("--merge is for --stage lora");
        CommandRun missing =
                CommandRun.of("train", "--dataset", "nowhere.jsonl", "--stage", "lora", "--out", folder.toString());
        assertThat(missing.code()).isNotZero();
        assertThat(missing.err()).contains("nowhere.jsonl");
    }
}
