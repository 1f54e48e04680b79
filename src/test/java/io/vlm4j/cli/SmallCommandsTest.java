package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `tokenize`, `devices`, `version` and `bench`.
@Tag("native")
@Tag("model")
class SmallCommandsTest {
    @Test
    void tokensAreShownWithWhatTheyStandFor() {
        CommandRun run = CommandRun.of("tokenize", "a red äpple </s>");

        assertThat(run.code()).isEqualTo(ExitCode.OK);
        assertThat(run.out().lines()).contains("  1985  \"a\"", "   514  \" red\"", "   198  bytes c3");
        assertThat(run.out()).doesNotContain("     2  </s>");
        assertThat(CommandRun.of("tokenize", "a</s>", "--special", "--add-special")
                        .out())
                .isEqualTo("     1  <s>\n  1985  \"a\"\n     2  </s>\n");
    }

    @Test
    void tokensAsJson() {
        JsonNode document = CommandRun.of("tokenize", "ä", "--json").json();

        assertThat(document.propertyNames()).containsExactly("model", "count", "tokens");
        assertThat(document.get("count").asInt()).isEqualTo(2);
        JsonNode token = document.get("tokens").get(0);
        assertThat(token.propertyNames()).containsExactly("id", "text", "special", "piece", "piece_hex");
        assertThat(token.get("piece").isNull()).isTrue();
        assertThat(token.get("piece_hex").asString()).isEqualTo("c3");
    }

    @Test
    void devicesHaveACpuAmongThem() {
        assertThat(CommandRun.of("devices").out()).contains("CPU", "(cpu");
        JsonNode document = CommandRun.of("devices", "--json").json();

        assertThat(document.propertyNames()).containsExactly("libraries", "devices");
        assertThat(document.get("devices").get(0).propertyNames())
                .containsExactly("name", "description", "kind", "free_memory_bytes", "total_memory_bytes");
    }

    @Test
    void versionsOfEverything() {
        assertThat(CommandRun.of("version").out()).contains("llama.cpp", "ggml", "libraries");
        assertThat(CommandRun.of("version", "--json").json().propertyNames())
                .containsExactly("vlm4j", "llama_cpp", "java", "system", "ggml", "libraries");
    }

    @Test
    void benchMeasuresJavaAndC() {
        CommandRun run = CommandRun.of(
                "bench",
                "--prompt-tokens",
                "8",
                "--tokens",
                "16",
                "--repeat",
                "2",
                "--threads",
                "1",
                "--compare",
                "--json");
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.OK);
        JsonNode document = run.json();

        assertThat(document.propertyNames())
                .containsExactly(
                        "model",
                        "threads",
                        "flash_attention",
                        "prompt_tokens",
                        "tokens",
                        "repeat",
                        "load_ms",
                        "decode",
                        "stream",
                        "image",
                        "turns",
                        "native",
                        "ratio_to_native",
                        "rounds");
        List<String> figures =
                List.of("prefill_tokens_per_second", "tokens_per_second", "wall_ns_per_token", "cpu_ns_per_token");
        for (String part : List.of("decode", "stream", "native")) {
            assertThat(document.get(part).propertyNames()).containsAll(figures);
            assertThat(document.get(part).get("wall_ns_per_token").asLong()).isPositive();
            assertThat(document.get(part).get("cpu_ns_per_token").asLong()).isPositive();
        }
        assertThat(document.get("native").propertyNames()).containsExactlyElementsOf(figures);
        assertThat(document.get("decode").get("heap_bytes_per_token").asDouble())
                .isZero();
        assertThat(document.get("ratio_to_native").propertyNames())
                .containsExactly("cpu_per_token", "wall_per_token", "prefill_speed");
        assertThat(document.get("image").propertyNames()).containsExactly("file", "decode_ms", "encode_ms", "tokens");
        assertThat(document.get("rounds")).hasSize(2);
    }

    @Test
    void benchForPeople() {
        CommandRun run = CommandRun.of("bench", "--prompt-tokens", "8", "--tokens", "8", "--repeat", "1");

        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.OK);
        assertThat(run.out()).contains("tokens/s", "CPU/token", "heap bytes/token", "ms to encode");
    }
}
