package io.vlm4j.prompt.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Each of these templates ended the process before it was refused: native code parses and runs them by recursion.
class TemplateLimitsTest {
    @Test
    void bracketsAreNotNestedTooDeep() {
        refused("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}", "nests brackets");
        refused("{{ " + "[".repeat(100_000) + "]".repeat(100_000) + " }}", "nests brackets");
        passes("{{ " + "(".repeat(60) + "1" + ")".repeat(60) + " }}");
    }

    @Test
    void blocksAreNotNestedTooDeep() {
        refused("{% if a %}".repeat(10_000) + "{% endif %}".repeat(10_000), "nests blocks");
        refused("{%- for a in b -%}".repeat(10_000), "nests blocks");
        refused("{% if a %}" + "{% elif b %}".repeat(10_000) + "{% endif %}", "nests blocks");
        passes("{% if a %}{% set b = 1 %}{% endif %}".repeat(10_000));
        passes("{% set a %}x{% endset %}".repeat(1000));
    }

    @Test
    void expressionsAreNotTooLong() {
        for (String part : new String[] {"+1", "|upper", "[0]", ".a", " and 1", "()", " ~ 'a'", " if 0 else 1"}) {
            refused("{{ 1" + part.repeat(50_000) + " }}", "more than 500 operators");
        }
        refused("{{ " + "not ".repeat(50_000) + "1 }}", "more than 500 operators");
        passes("{{ a.b + c['d'] }}".repeat(10_000));
    }

    @Test
    void whatStandsInTextsAndCommentsDoesNotCount() {
        passes("(".repeat(1000) + "{{ '" + "(".repeat(1000) + "' }}{# " + "((".repeat(1000) + " #}" + "+".repeat(1000));
        passes("{{ \"\\\"" + "[".repeat(1000) + "\" }}");
    }

    @Test
    void theLengthIsBounded() {
        refused("a".repeat(TemplateLimits.MAX_LENGTH + 1), "more than the 1048576 allowed");
    }

    @Test
    void nonsenseIsLeftToThoseWhoParse() {
        for (String source :
                new String[] {"{", "{{", "{%", "{#", "{{ '", "}}", "{% %}", "{% endif %}", "{% elif %}", "{{ ) }}"}) {
            passes(source);
        }
    }

    @Test
    void whatTakesTooLongIsGivenUpAndClosedWhenItEnds() throws InterruptedException {
        CountDownLatch may = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        AutoCloseable late = closed::countDown;

        assertThatExceptionOfType(InvalidTemplate.class)
                .isThrownBy(() -> TemplateTime.within(Duration.ofMillis(20), () -> {
                    try {
                        may.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return late;
                }))
                .withMessageContaining("runs longer than 20 ms");
        may.countDown();

        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatIsThrownThereIsThrownHere() {
        assertThatExceptionOfType(InvalidTemplate.class)
                .isThrownBy(() -> TemplateTime.<AutoCloseable>within(TemplateTime.MOST, () -> {
                    throw new InvalidTemplate("no");
                }))
                .withMessage("no");
    }

    private static void refused(String source, String message) {
        assertThatExceptionOfType(InvalidTemplate.class)
                .isThrownBy(() -> TemplateLimits.check(source))
                .withMessageContaining(message);
    }

    private static void passes(String source) {
        assertThatCode(() -> TemplateLimits.check(source)).doesNotThrowAnyException();
    }
}
