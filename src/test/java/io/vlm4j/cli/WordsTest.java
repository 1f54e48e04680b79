package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void whiteSpaceSeparates() {
        assertThat(Words.texts("  a.png\tb.png \n c.png ")).containsExactly("a.png", "b.png", "c.png");
        assertThat(Words.texts("")).isEmpty();
    }

    @Test
    void quotesAndBackslashesKeepSpaces() {
        assertThat(Words.texts("'my cat.png' \"my dog.png\" my\\ cow.png"))
                .containsExactly("my cat.png", "my dog.png", "my cow.png");
        assertThat(Words.texts("\"a \\\"b\\\" \\c\" 'it\\'")).containsExactly("a \"b\" \\c", "it\\");
        assertThat(Words.texts("''")).containsExactly("");
    }

    @Test
    void apostrophesInsideOfWordsAreText() {
        assertThat(Words.texts("what's this")).containsExactly("what's", "this");
        assertThat(Words.texts("a\\")).containsExactly("a\\");
    }

    @Test
    void whatIsNotClosedIsRefused() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> Words.texts("a 'b c"))
                .withMessage("a quote is not closed: 'b c");
    }

    @Test
    void wordsKnowWhereTheyStand() {
        assertThat(Words.of(" a 'b c'"))
                .containsExactly(new Words.Word("a", 1, 2, false, true), new Words.Word("b c", 3, 8, true, true));
    }
}
