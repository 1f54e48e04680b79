package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What only a process of its own can show: signals, closed pipes, libraries that are not there.
@Tag("native")
@Tag("model")
class ProcessTest {
    private static final long PATIENCE_SECONDS = 60;

    /// A continuation that goes on until somebody stops it.
    private static final List<String> ENDLESS = List.of(
            "complete",
            "a dog",
            "--logit-bias",
            "2=-inf",
            "--context",
            "20000",
            "--max-tokens",
            "19000",
            "--threads",
            "1");

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private Path errors() {
        return folder.resolve("err");
    }

    private Process start(List<String> jvm, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.vlm4j.cli.Main"));
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command).redirectError(errors().toFile()).start();
        started.add(process);
        return process;
    }

    private int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .as("has ended")
                .isTrue();
        return process.exitValue();
    }

    /// What Ctrl-C sends.
    private static void interrupt(Process process) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    }

    private static String rest(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void controlCStopsAtTheNextTokenAndKeepsTheText() throws IOException, InterruptedException {
        Process process = start(List.of(), ENDLESS);
        InputStream out = process.getInputStream();
        String begin = new String(out.readNBytes(50), StandardCharsets.UTF_8);
        long start = System.nanoTime();
        interrupt(process);
        String text = begin + rest(out);
        int code = exitCode(process);
        long milliseconds = (System.nanoTime() - start) / 1_000_000;

        assertThat(code).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(text).hasSizeGreaterThan(50).endsWith("\n");
        assertThat(errors()).isEmptyFile();
        assertThat(milliseconds).isLessThan(5000);
    }

    @Test
    void controlCStopsLoading() throws IOException, InterruptedException {
        Path model = folder.resolve("large.gguf");
        new RandomLlama(6, 1024, 16, 8, 4096, 0, 1024, GgmlType.Q4_0, 1).write(TestModels.bundled(), model);
        Process process = start(List.of(), List.of("complete", "a", "--model", model.toString(), "--verbose"));
        while (process.isAlive() && !Files.readString(errors()).contains("llama_model_loader")) {
            Thread.sleep(1);
        }
        interrupt(process);

        assertThat(rest(process.getInputStream())).isEmpty();
        assertThat(exitCode(process)).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(errors()).content().contains("cancelled model load").doesNotContain("\tat ", "vlm4j: ");
    }

    @Test
    void aConversationWithoutAPersonEndsAtControlC() throws IOException, InterruptedException {
        Process process = start(
                List.of(), List.of("chat", "--logit-bias", "2=-inf", "--context", "20000", "--max-tokens", "19000"));
        OutputStream in = process.getOutputStream();
        in.write("Hello\nNever asked\n".getBytes(StandardCharsets.UTF_8));
        in.flush();
        InputStream out = process.getInputStream();
        out.readNBytes(50);
        interrupt(process);
        String text = rest(out);

        assertThat(exitCode(process)).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(text).endsWith("\n").hasLineCount(1);
        assertThat(errors()).content().isEqualTo("vlm4j: stopped\n");
    }

    @Test
    void aReaderWhoHasGoneEndsItQuietly() throws IOException, InterruptedException {
        Process process = start(List.of(), ENDLESS);
        process.getInputStream().readNBytes(5);
        process.getInputStream().close();

        assertThat(exitCode(process)).isEqualTo(ExitCode.OUTPUT_CLOSED);
        assertThat(errors()).isEmptyFile();
    }

    @Test
    void missingLibrariesAreCodeSix() throws IOException, InterruptedException {
        Process process = start(List.of("-Dvlm4j.native.path=" + folder), List.of("devices"));

        assertThat(rest(process.getInputStream())).isEmpty();
        assertThat(exitCode(process)).isEqualTo(ExitCode.NATIVES);
        assertThat(errors())
                .content()
                .startsWith("vlm4j: ")
                .contains(folder.toString())
                .hasLineCount(1);
    }

    @Test
    void aTerminalDoesNotObeyTextsOfFilesAndSeesProgress() throws IOException, InterruptedException {
        Process process = start(
                List.of("-Dvlm4j.stdout.tty=true", "-Dvlm4j.stderr.tty=true"),
                List.of("describe", TestModels.sample("06-red_apple.png").toString()));

        assertThat(rest(process.getInputStream())).isEqualTo("a red apple\n");
        assertThat(exitCode(process)).isEqualTo(ExitCode.OK);
        if (System.getenv("TERM") != null && !System.getenv("TERM").equals("dumb")) {
            assertThat(errors()).content().contains("looking at").endsWith("\r\u001b[K");
        }
    }
}
