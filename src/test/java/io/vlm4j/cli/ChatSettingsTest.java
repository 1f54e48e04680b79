package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.chat.OverflowPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ChatSettingsTest {
    @TempDir
    private Path folder;

    static ChatSettings settings(String... arguments) {
        return new ChatSettings(new CommandLine(new GenerationFlags()).parseArgs(arguments), true, OverflowPolicy.FAIL);
    }

    @Test
    void optionsAreWhereItBegins() {
        ChatSettings settings = settings("-n", "7", "--temperature", "0.5", "--stop", "a", "--stop", "b");

        assertThat(settings.options().generation().maxTokens()).isEqualTo(7);
        assertThat(settings.options().generation().stops()).containsExactly("a", "b");
        assertThat(settings.options().generation().sampling().temperature()).isEqualTo(0.5f);
        assertThat(settings.options().generation().trimLeadingSpace()).isTrue();
    }

    @Test
    void settingOneLeavesTheOthers() {
        ChatSettings settings = settings("--top-k", "5");
        settings.set("temperature", "1.5");
        settings.set("logit-bias", "2=-inf");
        settings.set("logit-bias", "3=1");

        assertThat(settings.options().generation().sampling().topK()).isEqualTo(5);
        assertThat(settings.options().generation().sampling().temperature()).isEqualTo(1.5f);
        assertThat(settings.options().generation().sampling().logitBias()).containsOnlyKeys(2, 3);

        settings.set("top-k", "");
        assertThat(settings.options().generation().sampling().topK()).isZero();
        assertThat(settings.lines())
                .containsExactly("temperature 1.5", "logit-bias 2=-inf 3=1", "thinking on", "overflow fail");
    }

    @ParameterizedTest
    @CsvSource({
        "top-p, 1.5, '--top-p must be 0 to 1, not 1.5'",
        "top-k, many, '''many'' is not an int'",
        "temprature, 1, there is no setting 'temprature'; there are dry",
        "thinking, maybe, 'on or off, not ''maybe'''",
        "overflow, burst, 'overflow is one of fail, drop_oldest_turns, shift, not ''burst'''",
        "schema, no.json, no such file: no.json"
    })
    void whatIsRefusedChangesNothing(String name, String value, String reason) {
        ChatSettings settings = settings("--top-k", "5");
        var before = settings.options();

        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> settings.set(name, value))
                .withMessageContaining(reason);
        assertThat(settings.options()).isEqualTo(before);
    }

    @Test
    void schemasAreTheTemplatesBusiness() throws IOException {
        Path schema = Files.writeString(folder.resolve("s.json"), "{\"type\": \"object\"}");
        Path grammar = Files.writeString(folder.resolve("g.gbnf"), "root ::= \"a\"");

        ChatSettings settings = settings("--schema", schema.toString());
        assertThat(settings.options().rendering().jsonSchema()).contains("{\"type\": \"object\"}");
        assertThat(settings.options().generation().sampling().grammar()).isEmpty();

        settings.set("grammar", grammar.toString());
        assertThat(settings.options().rendering().jsonSchema()).isEmpty();
        assertThat(settings.options().rendering().grammar()).contains("root ::= \"a\"");

        settings.json(Optional.empty());
        assertThat(settings.options().rendering().grammar()).isEmpty();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> settings.json(Optional.of("{")))
                .withMessageContaining("no JSON");
    }

    @Test
    void thinkingAndOverflowAreSettingsToo() {
        ChatSettings settings = settings();
        settings.set("thinking", "off");
        settings.set("overflow", "drop-oldest-turns");

        assertThat(settings.options().rendering().enableThinking()).isFalse();
        assertThat(settings.options().overflow()).isEqualTo(OverflowPolicy.DROP_OLDEST_TURNS);
    }
}
