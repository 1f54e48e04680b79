package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultilineTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\\",
                "a\nb\\",
                "\"\"\"",
                "\"\"\"a",
                "\"\"\"a\nb\"\"",
                "/system \"\"\"a",
                "/system a\\",
                "\\\\\\"
            })
    void theseGoOn(String typed) {
        assertThat(Multiline.isOpen(typed)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a\\\\",
                "a\\ ",
                "\"\"\"a\"\"\"",
                "\"\"\"\n\\\n\"\"\" ",
                "/system",
                "say \"\"\"",
                "/system \"\"\"a\"\"\""
            })
    void theseAreComplete(String typed) {
        assertThat(Multiline.isOpen(typed)).isFalse();
    }

    @Test
    void theMarksAreNoPartOfTheText() {
        assertThat(Multiline.text("a\\\nb\\\nc")).isEqualTo("a\nb\nc");
        assertThat(Multiline.text("\"\"\"\n a \\\n\n/b\n\"\"\"")).isEqualTo(" a \\\n\n/b");
        assertThat(Multiline.text("/system \"\"\"a\nb\"\"\"")).isEqualTo("/system a\nb");
        assertThat(Multiline.text("C:\\\\")).isEqualTo("C:\\\\");
    }
}
