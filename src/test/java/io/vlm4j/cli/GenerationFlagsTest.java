package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Mirostat;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GenerationFlagsTest {
    private static GenerationOptions parse(String... arguments) {
        return CommandLine.populateCommand(new GenerationFlags(), arguments).options(Vlm.options());
    }

    @Test
    void withoutOptionsEverythingIsTheLibrarysDefault() {
        assertThat(parse()).isEqualTo(Vlm.options().build());
    }

    @Test
    void limitsAndStops() {
        assertThat(parse("--max-tokens", "7", "--stop", "a", "--stop", "b c"))
                .isEqualTo(Vlm.options().maxTokens(7).stops(List.of("a", "b c")).build());
    }

    @Test
    void everySamplingOptionReachesItsSetting() {
        SamplingOptions expected = SamplingOptions.builder()
                .temperature(0.7f)
                .seed(42)
                .topK(40)
                .topP(0.9f)
                .minP(0.05f)
                .typicalP(0.95f)
                .topNSigma(1.5f)
                .dynamicTemperature(0.3f, 1)
                .xtc(0.2f, 0.1f)
                .mirostat(new Mirostat(2, 4, 0.2f))
                .dry(DryOptions.of(0.8f))
                .repeatPenalty(1.1f)
                .frequencyPenalty(0.1f)
                .presencePenalty(0.2f)
                .penaltyLastTokens(32)
                .logitBias(Map.of(2, Float.NEGATIVE_INFINITY, 5, 1.5f))
                .build();

        SamplingOptions parsed = parse(
                        "--temperature=0.7",
                        "--seed=42",
                        "--top-k=40",
                        "--top-p=0.9",
                        "--min-p=0.05",
                        "--typical-p=0.95",
                        "--top-n-sigma=1.5",
                        "--dynamic-range=0.3",
                        "--xtc=0.2",
                        "--mirostat=2",
                        "--mirostat-tau=4",
                        "--mirostat-eta=0.2",
                        "--dry=0.8",
                        "--repeat-penalty=1.1",
                        "--frequency-penalty=0.1",
                        "--presence-penalty=0.2",
                        "--penalty-last-tokens=32",
                        "--logit-bias=2=-inf",
                        "--logit-bias=5=1.5")
                .sampling();

        assertThat(parsed).isEqualTo(expected);
    }

    @Test
    void grammarsComeFromFiles(@TempDir Path folder) throws IOException {
        Path grammar = Files.writeString(folder.resolve("yes.gbnf"), "root ::= \"yes\"");

        assertThat(parse("--grammar", grammar.toString()).sampling().grammar())
                .contains(Grammar.of("root ::= \"yes\""));
    }

    @Test
    void unusableGrammarFilesAreSaidByName(@TempDir Path folder) throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.gbnf"), "\n");
        Path binary = Files.write(folder.resolve("binary.gbnf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

        for (Path file : new Path[] {empty, binary, folder.resolve("missing.gbnf")}) {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> parse("--grammar", file.toString()))
                    .withMessageContaining(file.toString())
                    .matches(failure -> failure.exitCode() == ExitCode.PROMPT);
        }
    }
}
