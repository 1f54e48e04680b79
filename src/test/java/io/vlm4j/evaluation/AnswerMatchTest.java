package io.vlm4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerMatchTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a phone            | a phone   | true  | true  | true",
                "' A  Phone. '      | a phone   | true  | true  | true",
                "phone              | a phone   | false | false | false",
                "It is a phone.     | a phone   | false | true  | false",
                "a phonebook        | phone     | false | false | false",
                "Yes, there is one. | yes       | false | true  | true",
                "no                 | yes       | false | false | false",
                "B) the cat         | B         | false | true  | true",
                "ＹＥＳ             | yes       | true  | true  | true",
                "STRASSE            | strasse   | true  | true  | true",
                "{\"n\": 2}         | {\"n\": 2}| true  | true  | true",
                "3.5                | 3.5       | true  | true  | true",
                "-5                 | 5         | true  | true  | true",
                "''                 | yes       | false | false | false",
                "二                 | 二        | true  | true  | true",
            })
    void aTableOfAnswers(String answer, String expected, boolean exact, boolean contains, boolean firstWord) {
        assertThat(AnswerMatch.EXACT.accepts(answer, expected)).isEqualTo(exact);
        assertThat(AnswerMatch.CONTAINS.accepts(answer, expected)).isEqualTo(contains);
        assertThat(AnswerMatch.FIRST_WORD.accepts(answer, expected)).isEqualTo(firstWord);
    }

    @Test
    void anyOfSeveralAnswersIsRight() {
        assertThat(AnswerMatch.EXACT.accepts("2", List.of("two", "2"))).isTrue();
        assertThat(AnswerMatch.EXACT.accepts("3", List.of("two", "2"))).isFalse();
    }
}
