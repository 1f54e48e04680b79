package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CliTest {
    @Test
    void helpOfEveryCommandGoesToStandardOutput() {
        for (String command :
                List.of("describe", "chat", "complete", "info", "tokenize", "devices", "bench", "version")) {
            CommandRun run = CommandRun.of(command, "--help");

            assertThat(run.code()).isEqualTo(ExitCode.OK);
            assertThat(run.out()).startsWith("Usage: vlm4j " + command + " [");
            assertThat(run.err()).isEmpty();
        }
    }

    /// Descriptions are formats to picocli, which complains of a lone `%` on the process's standard error.
    @Test
    void picocliHasNothingToSayOfAnyHelp() {
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                Output.ofResults(OutputStream.nullOutputStream(), false),
                Output.ofMessages(OutputStream.nullOutputStream(), false),
                false);
        Map<String, CommandLine> commands = new TreeMap<>(
                new Cli(terminal, new Interruption()).commandLine().getSubcommands());
        PrintStream usual = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            commands.values().forEach(CommandLine::getUsageMessage);
        } finally {
            System.setErr(usual);
        }

        assertThat(commands).containsKeys("soak", "fuzz", "serve", "train");
        assertThat(said.toString(StandardCharsets.UTF_8)).doesNotContain("picocli");
    }

    @Test
    void helpOfTheWholeListsCommandsAndExitCodes() {
        CommandRun run = CommandRun.of("--help");

        assertThat(run.code()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("describe", "bench", "Exit codes: 0 done", "130 interrupted");
    }

    @Test
    void theManualHasEveryCommandAndOption() throws IOException {
        String manual = Files.readString(Path.of("docs/cli.md"));
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                Output.ofResults(OutputStream.nullOutputStream(), false),
                Output.ofMessages(OutputStream.nullOutputStream(), false),
                false);

        new Cli(terminal, new Interruption()).commandLine().getSubcommands().forEach((name, command) -> {
            assertThat(manual).contains("## " + name + "\n");
            assertThat(command.getCommandSpec().options())
                    .allSatisfy(option -> assertThat(manual).contains(option.longestName()));
        });
    }

    @Test
    void versionIsOneLine() {
        CommandRun run = CommandRun.of("--version");

        assertThat(run.code()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).matches("vlm4j \\S+ \\(llama\\.cpp \\d+\\.\\d+\\.\\d+\\)\n");
    }

    @Test
    void nothingToDoIsWrongUse() {
        CommandRun run = CommandRun.of();

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("vlm4j: which command? There are describe, ");
    }

    @Test
    void mistypedCommandsAreCorrected() {
        CommandRun run = CommandRun.of("descrbe", "cat.png");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).startsWith("vlm4j: ").contains("descrbe", "Did you mean: vlm4j describe");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "describe",
                "describe cat.png --max-tokens many",
                "describe cat.png --no-such-option",
                "complete",
                "complete a b",
                "tokenize",
                "info a.gguf b.gguf",
                "complete a --temperature -1",
                "complete a --max-tokens 0",
                "complete a --threads 0",
                "complete a --seed -3",
                "complete a --logit-bias 5=much",
                "complete a --mirostat 3",
                "complete a --grammar g --schema s",
                "bench --tokens 0",
                "bench --mmproj p.gguf"
            })
    void misuseIsOneSentenceAndCodeTwo(String line) {
        CommandRun run = CommandRun.of(line.split(" "));

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("vlm4j: ").doesNotContain("\tat ", "Exception");
    }

    @Test
    void settingsAreRefusedUnderTheirOptionsName() {
        assertThat(CommandRun.of("complete", "a", "--top-p", "1.5").err())
                .isEqualTo("vlm4j: --top-p must be 0 to 1, not 1.5\n");
        assertThat(CommandRun.of("complete", "a", "--threads", "0").err())
                .isEqualTo("vlm4j: --threads must be 1 to 512, not 0\n");
    }

    @Test
    void verboseAddsWhereItWentWrong() {
        assertThat(CommandRun.of("info", "no.gguf").err().lines()).hasSize(1);
        assertThat(CommandRun.of("info", "no.gguf", "--verbose").err()).contains("\tat io.vlm4j.gguf");
        assertThat(CommandRun.of("--verbose", "info", "no.gguf").err()).contains("\tat io.vlm4j.gguf");
    }

    @Test
    void emptyTextsAreRefusedBeforeAModelIsLoaded() {
        assertThat(CommandRun.of("complete", "").code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("tokenize", "-").code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("describe", "pom.xml", "--prompt", " ").code()).isEqualTo(ExitCode.PROMPT);
    }

    @Test
    void missingPicturesAreAllNamedBeforeAModelIsLoaded() {
        CommandRun run = CommandRun.of("describe", "no.png", "pom.xml", "nor.png");

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.err()).isEqualTo("vlm4j: no such file: no.png, nor.png\n");
    }

    @Test
    void namesThatNoFileCanHaveAreCodeFour() {
        CommandRun run = CommandRun.of("describe", "a\0b.png");

        assertThat(run.code()).isEqualTo(ExitCode.IMAGE);
        assertThat(run.err()).contains("locale").hasLineCount(1);
    }

    @Test
    void standardInputIsOnePicture() {
        CommandRun run = CommandRun.of("describe", "-", "-");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("standard input");
    }

    @Test
    void missingModelsAreCodeThree() {
        assertThat(CommandRun.of("info", "no.gguf").code()).isEqualTo(ExitCode.MODEL);
        assertThat(CommandRun.of("describe", "pom.xml", "--model", "no.gguf").code())
                .isEqualTo(ExitCode.MODEL);
    }
}
