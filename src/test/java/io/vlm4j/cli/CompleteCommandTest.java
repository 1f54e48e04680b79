package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class CompleteCommandTest {
    private static final String PROMPT = "USER: Is there a dog? ASSISTANT:";

    @Test
    void textFromTheLineAndFromStandardInputIsContinuedAlike() {
        CommandRun fromLine = CommandRun.of("complete", PROMPT, "--max-tokens", "5");
        CommandRun fromInput =
                CommandRun.of((PROMPT + "\n").getBytes(StandardCharsets.UTF_8), "complete", "-", "--max-tokens", "5");

        assertThat(fromLine.code()).isEqualTo(ExitCode.OK);
        assertThat(fromLine.out()).isNotBlank();
        assertThat(fromInput).isEqualTo(fromLine);
    }

    @Test
    void jsonHasTheDocumentedShape() {
        CommandRun run = CommandRun.of("complete", PROMPT, "--max-tokens", "1", "--json");
        JsonNode document = run.json();

        assertThat(document.propertyNames()).containsExactly("model", "text", "finish_reason", "usage", "timings_ms");
        assertThat(document.get("model").asString())
                .isEqualTo(TestModels.bundled().toString());
        assertThat(document.get("finish_reason").asString()).isEqualTo("max_tokens");
        assertThat(run.err()).isEqualTo("vlm4j: stopped after 1 tokens (--max-tokens)\n");
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        int asText = promptTokens("a</s>");
        int asToken = promptTokens("a</s>", "--special");

        assertThat(asToken).isLessThan(asText);
    }

    private static int promptTokens(String text, String... more) {
        String[] line = new String[more.length + 5];
        System.arraycopy(new String[] {"complete", text, "--json", "--max-tokens", "1"}, 0, line, 0, 5);
        System.arraycopy(more, 0, line, 5, more.length);
        return CommandRun.of(line).json().get("usage").get("prompt_tokens").asInt();
    }

    @Test
    void theContextMayBeTooSmall() {
        CommandRun full = CommandRun.of("complete", "a dog", "--context", "256", "--logit-bias", "2=-inf");
        assertThat(full.code()).isEqualTo(ExitCode.OK);
        assertThat(full.err()).contains("the context is full (--context)");

        CommandRun over = CommandRun.of("complete", "a dog and ".repeat(100), "--context", "256");
        assertThat(over.code()).isEqualTo(ExitCode.PROMPT);
        assertThat(over.out()).isEmpty();
    }

    @Test
    void verboseTellsWhatItTook() {
        CommandRun run = CommandRun.of("complete", PROMPT, "--max-tokens", "2", "--verbose");

        assertThat(run.err()).contains("2 tokens of answer", "tokens/s");
    }
}
