package io.vlm4j.sampling.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidGrammar;
import io.vlm4j.sampling.Grammar;
import org.junit.jupiter.api.Test;

/// Each of these grammars ended the process, or kept it busy for minutes, before it was refused.
class GbnfLimitsTest {
    @Test
    void parenthesesAreNotNestedTooDeep() {
        refused("root ::= " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000), "nests parentheses");
        passes("root ::= " + "(".repeat(GbnfLimits.MAX_NESTING) + "\"a\"" + ")".repeat(GbnfLimits.MAX_NESTING));
        passes("root ::= \"" + "(".repeat(1000) + "\" [" + "(".repeat(1000) + "] # " + "(".repeat(1000));
    }

    @Test
    void chainsOfRulesAreNotTooLong() {
        refused(chain(50_000, ""), "of which each may begin with the next");
        refused(chain(50_000, "\"x\"? "), "of which each may begin with the next");
        passes(chain(900, ""));
        passes(chain(50_000, "\"x\" ")); // no rule begins with another one
    }

    private static String chain(int rules, String before) {
        StringBuilder source = new StringBuilder("root ::= r0\n");
        for (int i = 0; i < rules; i++) {
            source.append('r')
                    .append(i)
                    .append(" ::= ")
                    .append(before)
                    .append('r')
                    .append(i + 1)
                    .append('\n');
        }
        return source.append('r').append(rules).append(" ::= \"a\"\n").toString();
    }

    @Test
    void notTooMuchInARowMayBeMissing() {
        refused("root ::= (" + "\"a\"? ".repeat(400) + ")*", "in a row that may be missing");
        refused("root ::= " + "[a-z]* ".repeat(1500), "in a row that may be missing");
        refused("root ::= " + "x{0,3} ".repeat(1500) + "\nx ::= \"x\"", "in a row that may be missing");
        passes("root ::= " + "[a-z]* \",\" ".repeat(1500));
        passes("root ::= " + "[a-z]* | ".repeat(1500) + "\"a\"");
    }

    @Test
    void theLengthIsBounded() {
        refused("root ::= \"" + "a".repeat(GbnfLimits.MAX_LENGTH) + "\"", "more than the 2000000 allowed");
    }

    @Test
    void nonsenseIsLeftToThoseWhoParse() {
        for (String source : new String[] {")", "((", "root ::= ) (", "|", "a \"", "[", "{", "root ::= {", "::= ::="}) {
            passes(source);
        }
    }

    private static void refused(String source, String message) {
        assertThatExceptionOfType(InvalidGrammar.class)
                .isThrownBy(() -> Grammar.of(source))
                .withMessageContaining(message);
    }

    private static void passes(String source) {
        assertThatCode(() -> Grammar.of(source)).doesNotThrowAnyException();
    }
}
