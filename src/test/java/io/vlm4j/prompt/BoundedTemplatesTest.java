package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import io.vlm4j.model.Model;
import io.vlm4j.testkit.TestModels;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a stranger's template does while it runs ends in an exception, never in the end of the process.
@Tag("native")
class BoundedTemplatesTest {
    private static final String CHATML = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    @Test
    void whatCallsItselfNestsTooDeep() {
        refused("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nests too deep");
        refused(
                "{% macro m(n) %}{% for i in [1] %}{% if n %}{{ m(n + 1) }}{% endif %}{% endfor %}{% endmacro %}{{ m(1) }}");
        refused("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}");
    }

    @Test
    void loopsEnd() {
        refused("{% for i in range(10000000000000) %}{% endfor %}", "a million");
        refused(
                "{{ range(0, 9223372036854775807, 4611686018427387904) | length }}{{ range(-1, -9000000000000000000, -1) }}");
        refused(nested(5, "{% set a = i0 %}"));
        refused("{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}");
    }

    @Test
    void textsDoNotGrowForEver() {
        refused(doubled("s = 'abc'", "s.v = s.v + s.v"), "64 MiB");
        refused(doubled("s = ''", "s.v = s.v ~ s.v"), "64 MiB"); // of parts that are empty
        refused("{{ 'abc' * 1000000000000 }}", "a million");
        refused("{{ (('x' * 100000) * 100000) | length }}", "64 MiB");
        refused(doubled("s = 'aa'", "s.v = s.v | replace('a', 'aaaaaaaa')"), "64 MiB");
        refused(doubled("s = 'aa'", "s.v = s.v.replace('', s.v)"), "64 MiB");
        refused("{{ 'a' | indent(1000000000000, true) }}", "at most 1000");
        refused("{% set s = '\na' * 10000 %}{{ s | indent(s) | length }}", "64 MiB");
        refused("{% set s = '$' * 60 %}{{ range(60000) | join(s) | length }}", "64 MiB");
        refused("{% set s = '$' * 60 %}{% for i in range(60000) %}{{ s }}{% endfor %}", "64 MiB");
        refused("{% set s = '$' * 900 %}{{ ('{}' * 100).format(" + "s,".repeat(99) + "s) | length }}", "64 MiB");
        refused("{{ [1, 2] | tojson(indent=2000000000) }}", "at most 1000");
        refused("{% set s = '$' * 60 %}{{ range(60000) | tojson(separators=[s, s]) | length }}", "64 MiB");
    }

    @Test
    void listsDoNotGrowForEver() {
        refused(doubled("s = [1]", "s.v = s.v + s.v"), "a million");
        refused(
                "{% set s = namespace(v=[]) %}{% for i in range(1000) %}{% set s.v = s.v + [range(500000)] %}{% endfor %}");
        refused(
                "{% set s = namespace(v=[]) %}{% for i in range(1000) %}{% set s.v = s.v + ['$' * 900 ~ i] %}{% endfor %}");
        refused("{{ ('$' * 1000).replace('a', 'a ').split(' ') | length }}");
        refused("{% set s = namespace(v=[]) %}{% for i in range(1000) %}"
                + "{% set s.v = s.v + [messages[('$' * 900) ~ i]] %}{% endfor %}");
    }

    @Test
    void listsOfTheSameListAreVisitedForSoLong() {
        String tuples =
                "{% set s = namespace(v=(1, 2)) %}{% for i in range(60) %}{% set s.v = (s.v, s.v) %}{% endfor %}";
        String lists = doubled("s = [1]", "s.v = [s.v, s.v]");
        refused(lists + "{{ s.v | tojson | length }}");
        refused(doubled("s = []", "s.v = [s.v, s.v]") + "{{ s.v }}");
        refused(doubled("s = []", "s.v = {'a': s.v, 'b': s.v}") + "{{ s.v | string }}");
        refused(tuples + "{{ {s.v: 1} }}");
        refused(tuples + "{{ s.v == s.v }}");
    }

    @Test
    void whatHoldsItselfCannotBePrinted() {
        String list = "{% set a = [] %}{% set _ = a.append(a) %}";
        String object = "{% set a = namespace() %}{% set a.b = a %}{% set a.f = a.get %}";
        String argument = "{% set a = [] %}{% set _ = a.append(x=a) %}";
        refused(list + "{{ a }}", "nested too deep");
        refused(list + "{{ a | string }}", "nested too deep");
        refused(list + "{{ a | tojson }}", "nested too deep");
        refused(list + "{{ 'a' ~ a }}", "nested too deep");
        refused(object + "{{ a | string }}", "nested too deep");
        refused(object + "{{ a | tojson }}", "nested too deep");
        refused("{% set a = namespace() %}{% set a.f = a.get %}{{ [a.f] | string }}", "nested too deep");
        // its hash is that of its beginning; nothing is wrong with it as a key
        assertThat(render(argument + "{% set b = {a[0]: 1} %}{{ b | length }}")).isEqualTo("1");
    }

    @Test
    void whatIsNestedDeepIsLetGoOf() {
        deep("[", "]");
        deep("(", ", 1)");
        deep("{'a': ", "}");
        deep("{'a': ", "}.get");
        deep("[{'a': [", "].append}]");
        String nested = "{% set s = namespace(v=1) %}{% for i in range(1000) %}{% set s.v = (s.v, 1) %}{% endfor %}";
        refused(nested + "{{ s.v == s.v }}", "nested too deep");
        refused(nested + "{{ {s.v: 1} }}", "nested too deep");
        refused(nested + "{{ s.v | tojson }}", "nested too deep");
        refused(nested + "{{ s.v }}", "nested too deep");
    }

    @Test
    void arithmeticRaisesNoSignals() {
        refused("{{ 1 is divisibleby(0) }}", "division by zero");
        assertThat(render("{{ (-9223372036854775807 - 1) is divisibleby(-1) }}"))
                .isEqualTo("True");
        assertThat(render("{{ 'abcdef'[1::9223372036854775807] }}{{ 'abcdef'[4::-9223372036854775807] }}"))
                .isEqualTo("be");
        assertThat(render("{{ range(5, 9223372036854775807, 9223372036854775806) | length }}"))
                .isEqualTo("1");
    }

    @Test
    void contradictingComparisonsStayWithinTheList() {
        String mixed = "{% set s = namespace(v=[]) %}{% for i in range(300) %}"
                + "{% set s.v = s.v + [i * 7919 % 1000, (i * 104729 % 1000) ~ '', 0 / 0] %}{% endfor %}";
        assertThat(render(mixed + "{{ s.v | sort | length }}")).isEqualTo("900");
    }

    @Test
    void filtersDoWhatTheyDid() {
        assertThat(
                        render(
                                "{{ 'a-b--c' | replace('-', '+-') }}|{{ 'ab' | replace('', '.') }}|{{ 'aaa' | replace('aa', 'b') }}"))
                .isEqualTo("a+-b+-+-c|.a.b.|ba");
        assertThat(
                        render(
                                "{{ 'a,b,,c'.split(',') | tojson }}|{{ 'a,b,,c'.split(',', 1) | tojson }}|{{ ''.split(',') | tojson }}"))
                .isEqualTo("[\"a\", \"b\", \"\", \"c\"]|[\"a\", \"b,,c\"]|[\"\"]");
        assertThat(render("{{ range(3) | tojson }}{{ range(5, 0, -2) | tojson }}{{ range(3, 1) | tojson }}"))
                .isEqualTo("[0, 1, 2][5, 3, 1][]");
        assertThat(render("[{{ (' ' ~ '' ~ ' a ' ~ '') | trim }}][{{ (' ' ~ ' ') | trim }}]"))
                .isEqualTo("[a][]");
        assertThat(render("{{ 'abcdef'[::2] }}{{ 'abcdef'[::-1] }}{{ 'abc'[::-3] }}{{ 'abc'[::4] }}"))
                .isEqualTo("acefedcbaca");
        assertThat(render("{{ [3, 1, 2] | sort | tojson }}{{ {'b': 1, 'a': 2} | dictsort | tojson }}"))
                .isEqualTo("[1, 2, 3]{\"a\": 2, \"b\": 1}");
    }

    @Test
    void longConversationsAreFarFromTheBounds() {
        List<ChatMessage> messages = conversation(4000);
        try (ChatTemplate template = ChatTemplate.of(CHATML, "<s>", "</s>")) {
            assertThat(text(template.render(messages))).hasSizeGreaterThan(4000 * 1024);
        }
        try (ChatTemplate template = ChatTemplate.of(
                "{% set ns = namespace(out='') %}{% for m in messages %}"
                        + "{% set ns.out = ns.out ~ m.content %}{% endfor %}{{ ns.out }}",
                "", "")) {
            assertThat(text(template.render(conversation(2000)))).hasSize(2000 * 1024);
        }
    }

    @Test
    @Tag("model")
    void theBundledTemplateRendersALongConversation() {
        List<ChatMessage> messages = conversation(2000);
        try (Model model = Model.open(TestModels.bundled())) {
            for (String source : new String[] {null, "chatml"}) {
                try (ChatTemplate template = source == null ? ChatTemplate.of(model) : ChatTemplate.of(model, source)) {
                    assertThat(text(template.render(messages))).hasSizeGreaterThan(2000 * 1024);
                }
            }
        }
    }

    private static List<ChatMessage> conversation(int messages) {
        return IntStream.range(0, messages)
                .mapToObj(
                        i -> i % 2 == 0 ? ChatMessage.user("u".repeat(1024)) : ChatMessage.assistant("a".repeat(1024)))
                .toList();
    }

    private static String nested(int depth, String body) {
        return IntStream.range(0, depth)
                        .mapToObj(i -> "{% for i" + i + " in range(1000) %}")
                        .collect(Collectors.joining())
                + body
                + "{% endfor %}".repeat(depth);
    }

    private static String doubled(String start, String step) {
        return "{% set s = namespace(v=" + start.substring("s = ".length()) + ") %}{% for i in range(60) %}{% set "
                + step + " %}{% endfor %}";
    }

    /// A value around a value, 40,000 times.
    private static void deep(String open, String close) {
        String step = open.repeat(20) + "s.v" + close.repeat(20);
        assertThat(render("{% set s = namespace(v=1) %}{% for i in range(1400) %}{% set s.v = " + step
                        + " %}{% endfor %}done"))
                .isEqualTo("done");
    }

    private static void refused(String source) {
        refused(source, "");
    }

    private static void refused(String source, String why) {
        assertThatExceptionOfType(InvalidTemplate.class)
                .as(source)
                .isThrownBy(() -> render(source))
                .withMessageContaining(why);
    }

    /// @param source where `$` stands for a thousand letters
    private static String render(String source) {
        try (ChatTemplate template = ChatTemplate.of(source.replace("$", "a".repeat(1000)), "<s>", "</s>")) {
            return text(template.render(List.of(ChatMessage.user("hi"))));
        }
    }

    private static String text(Prompt prompt) {
        return prompt.parts().stream()
                .map(part -> switch (part) {
                    case Prompt.Markup markup -> markup.text();
                    case Prompt.PlainText plain -> plain.text();
                    case Prompt.Tokens _, Prompt.Image _, Prompt.Audio _ ->
                        throw new AssertionError("nothing but text was given");
                })
                .collect(Collectors.joining());
    }
}
