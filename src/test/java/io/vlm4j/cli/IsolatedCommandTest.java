package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Commands whose model is in another process, which is really killed: by a signal, as soon as the first text is out.
@Tag("native")
@Tag("model")
class IsolatedCommandTest {
    private static final String APPLE = TestModels.sample("06-red_apple.png").toString();

    /// Answers that are far from their end when the first text comes.
    private static final List<String> LONG = List.of("--logit-bias", "2=-inf", "--max-tokens", "300");

    @TempDir
    private Path folder;

    /// What a command prints, and the end of the process that its model is in once it prints something.
    private static final class Murderer extends OutputStream {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private final String signal;
        private boolean done;

        private Murderer(String signal) {
            this.signal = signal;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            printed.write(bytes, from, count);
            if (!done) {
                done = true;
                for (ProcessHandle worker : ProcessHandle.current().children().toList()) {
                    Process killer = new ProcessBuilder("kill", "-" + signal, Long.toString(worker.pid())).start();
                    killer.onExit().join();
                }
            }
        }
    }

    private static CommandRun killed(String signal, String in, String... arguments) {
        Murderer out = new Murderer(signal);
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
                Output.ofResults(out, false),
                Output.ofMessages(err, false),
                false);
        int code = new Cli(terminal, new Interruption()).run(arguments);
        return new CommandRun(code, out.printed.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static String[] line(List<String> more, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(more);
        return line.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SEGV", "KILL"})
    void whatKillsTheModelIsAnErrorAndTheNextPictureIsDescribed(String signal) {
        CommandRun run = killed(signal, "", line(LONG, "describe", "--isolated", APPLE, APPLE));

        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.WORKER);
        assertThat(run.err()).contains("vlm4j: the isolated process ", "died of SIG" + signal);
        List<String> answers = run.out().lines().toList();
        assertThat(answers).hasSizeGreaterThanOrEqualTo(2);
        assertThat(answers.getFirst()).startsWith(APPLE + ": a red apple");
        assertThat(answers).anyMatch(line -> line.startsWith(APPLE + ": a red apple") && line != answers.getFirst());
        assertThat(ProcessHandle.current().children()).isEmpty();
    }

    @Test
    void aConversationGoesOnWhenTheModelIsKilled() {
        CommandRun run =
                killed("KILL", "Who are you?\nWho are they?\n", line(LONG, "chat", "--isolated", "-c", "1024"));

        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.WORKER);
        assertThat(run.err()).contains("died of SIGKILL");
        assertThat(run.out().lines().toList()).hasSizeGreaterThanOrEqualTo(2);
        assertThat(run.out().lines().toList().getLast().length()).isGreaterThan(200);
    }

    @Test
    void aTextThatIsCutByDeathEndsItsLine() {
        CommandRun run = killed("KILL", "", line(LONG, "complete", "--isolated", "a dog"));

        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.WORKER);
        assertThat(run.out()).endsWith("\n");
    }

    @Test
    void answersAreThoseOfAModelInThisProcess() throws IOException {
        Path schema = folder.resolve("s.json");
        Files.writeString(
                schema, "{\"type\":\"object\",\"properties\":{\"what\":{\"type\":\"string\",\"maxLength\":9}}}");
        same("describe", APPLE);
        same("extract", APPLE, "--schema", schema.toString());
        same("complete", "USER: Is there a dog? ASSISTANT:", "--lookup");
        String talk = "What is shown in this image?\nWhat color is the background?\n";
        byte[] in = talk.getBytes(StandardCharsets.UTF_8);
        CommandRun here = CommandRun.of(in, "chat", "-i", APPLE);
        CommandRun apart = CommandRun.of(in, "chat", "-i", APPLE, "--isolated");
        assertThat(apart).isEqualTo(here);
        assertThat(here.out()).isEqualTo("a red apple\nwhite\n");
    }

    private static void same(String... arguments) {
        CommandRun here = CommandRun.of(arguments);
        CommandRun apart = CommandRun.of(line(List.of("--isolated"), arguments));
        assertThat(apart).isEqualTo(here);
        assertThat(here.code()).as(here.err()).isZero();
    }

    @Test
    void conversationsInJsonAreAnsweredAndSaved() {
        Path saved = folder.resolve("talk.vlm4j");
        byte[] in = ("What is shown in this image?\n/stats\n/think off\n/save " + saved + "\n")
                .getBytes(StandardCharsets.UTF_8);
        CommandRun talk = CommandRun.of(in, "chat", "-i", APPLE, "--isolated");
        assertThat(talk.code()).as(talk.err()).isZero();
        assertThat(talk.out()).contains("a red apple");
        assertThat(saved).isRegularFile();

        CommandRun later = CommandRun.of(
                "{\"text\": \"What color is the background?\"}".getBytes(StandardCharsets.UTF_8),
                "chat",
                "--json",
                "--load",
                saved.toString(),
                "--isolated");
        assertThat(later.json().get("answer").stringValue()).isEqualTo("white");
    }

    @Test
    void adaptersAreOpenedInTheOtherProcess() {
        String lora = new RandomLora(4, 8, 1, 5)
                .write(TestModels.bundled(), folder.resolve("a.gguf"))
                .toString();
        CommandRun plain = CommandRun.of("complete", "a dog", "-n", "8");
        CommandRun here = CommandRun.of("complete", "a dog", "-n", "8", "--lora", lora);
        CommandRun apart = CommandRun.of("complete", "a dog", "-n", "8", "--lora", lora, "--isolated");

        assertThat(apart).isEqualTo(here);
        assertThat(here.out()).isNotEqualTo(plain.out());
    }

    @Test
    void whatCannotCrossIsWrongUse() {
        String model = TestModels.bundled().toString();
        CommandRun draft = CommandRun.of("describe", APPLE, "--isolated", "--draft-model", model);
        CommandRun cache = CommandRun.of("describe", APPLE, "--isolated", "--image-cache", folder.toString());
        CommandRun text = CommandRun.of("complete", "a dog", "--isolated", "--draft-model", model);

        assertThat(List.of(draft, cache, text)).allSatisfy(run -> {
            assertThat(run.code()).isEqualTo(ExitCode.USAGE);
            assertThat(run.err()).contains("cannot be had with --isolated");
        });
    }

    @Test
    void figuresAreInJson() {
        JsonNode document =
                CommandRun.of("describe", APPLE, "--isolated", "--json").json();
        JsonNode result = document.get("results").get(0);
        assertThat(result.get("answer").stringValue()).isEqualTo("a red apple");
        assertThat(result.get("usage").get("completion_tokens").asInt()).isPositive();
    }
}
