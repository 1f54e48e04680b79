package io.vlm4j.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vlm4j.Vlm4jException;
import io.vlm4j.sampling.Grammar;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Schemas that contradict themselves, never end, or would keep native code busy: each is refused with its reason, or
/// compiled, at once.
class AdversarialSchemaTest {
    /// All of it takes milliseconds; this is for what hangs, on a machine that is busy.
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static String times(int count, String each) {
        return IntStream.range(0, count)
                .mapToObj(i -> each.replace("%", Integer.toString(i)))
                .collect(Collectors.joining(","));
    }

    private static String nested(int depth, String before, String inside, String after) {
        return before.repeat(depth) + inside + after.repeat(depth);
    }

    private static void refuses(String schema, String reason) {
        assertTimeoutPreemptively(
                LIMIT,
                () -> assertThatThrownBy(() -> JsonSchema.parse(schema))
                        .isInstanceOf(Vlm4jException.InvalidGrammar.class)
                        .hasMessageContaining(reason));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                                    | no JSON
            {"type":"string"                                      | no JSON
            {"type":"string"} x                                   | no JSON
            {"type":"string","type":"number"}                     | Duplicate
            7                                                     | # must be a schema, that is an object
            []                                                    | # must be a schema, that is an object
            true                                                  | use {} for any JSON
            false                                                 | says nothing
            {"type":"text"}                                       | #/type 'text' is none of
            {"type":[]}                                           | #/type must be a type
            {"type":7}                                            | #/type must be a type
            {"requird":["a"]}                                     | #/requird is no known keyword
            {"not":{}}                                            | #/not cannot be expressed as a grammar
            {"if":{},"then":{}}                                   | cannot be expressed as a grammar
            {"patternProperties":{"^a":{}}}                       | #/patternProperties cannot be expressed
            {"nullable":true}                                     | is OpenAPI's
            {"type":"object","anyOf":[{}]}                        | # has [type] beside 'anyOf'
            {"anyOf":[{}],"oneOf":[{}]}                           | beside 'anyOf'
            {"anyOf":[]}                                          | #/anyOf must be an array of at least one schema
            {"anyOf":[false]}                                     | #/anyOf/0 is false
            {"allOf":[{},{}]}                                     | #/allOf must be one schema
            {"minimum":1,"minLength":1}                           | keywords of several: [number, string]
            {"type":"integer","minimum":3,"maximum":2}            | # allows no number: from 3 to 2
            {"type":"number","minimum":3,"exclusiveMaximum":3}    | # allows no number: from 3 to 3
            {"type":"integer","minimum":1.2,"maximum":1.8}        | # allows no integer
            {"type":"integer","minimum":1e300}                    | # allows no integer that can be written
            {"type":"integer","minimum":1e999999999}              | #/minimum has too many digits
            {"type":"integer","exclusiveMinimum":true}            | #/exclusiveMinimum must be a number
            {"type":"number","multipleOf":0}                      | #/multipleOf must be above zero
            {"type":"string","minLength":3,"maxLength":2}         | #/minLength is 3, more than 'maxLength', which is 2
            {"type":"string","minLength":-1}                      | #/minLength must be a whole number
            {"type":"string","minLength":100000}                  | #/minLength is 100000; at most 1000
            {"type":"array","minItems":3,"maxItems":2}            | #/minItems is 3, more than 'maxItems'
            {"type":"array","minItems":1000000}                   | #/minItems is 1000000; at most 1000
            {"type":"array","items":false}                        | #/items is false
            {"type":"array","prefixItems":[{}],"minItems":2}      | #/prefixItems has 1 elements, which 'minItems'
            {"enum":[]}                                           | #/enum must be an array of at least one value
            {"type":"string","enum":["a",1]}                      | #/enum/1 contradicts the rest of its schema
            {"type":"integer","const":"a"}                        | #/const contradicts the rest of its schema
            {"const":12345678901234567890123}                     | #/const has a number of more digits
            {"required":["a"],"additionalProperties":false}       | #/required asks for 'a', which 'additionalProperties'
            {"properties":{"a":false},"required":["a"]}           | #/required asks for 'a', whose schema is false
            {"properties":{"":{}}}                                | #/properties has a property with a name that is empty
            {"type":"object","minProperties":2,"maxProperties":1} | #/maxProperties is 1
            {"properties":{"a":{}},"minProperties":2}             | #/minProperties is 2, and only 1
            {"uniqueItems":true,"minItems":3,"items":{"enum":[1,2]}} | #/minItems is 3, and there are not so many
            {"$ref":"http://example.org/schema"}                  | #/$ref must point into this document
            {"$ref":"#/$defs/none"}                               | #/$ref leads to no schema
            {"$ref":"#"}                                          | refers to itself
            {"pattern":"(a*)*"}                                   | #/pattern is a pattern that repeats without bound what may be
            {"pattern":"(a{1000}){1000}"}                         | #/pattern is a pattern that takes
            {"pattern":"^(?=a)b$"}                                | #/pattern is a pattern that looks around
            {"pattern":"(a)\\\\1"}                                | #/pattern is a pattern that uses \\1
            {"pattern":"(a"}                                      | #/pattern is a pattern that has a group that is not closed
            {"pattern":"a)"}                                      | #/pattern is a pattern that closes a group
            {"pattern":"a{2,1}"}                                  | #/pattern is a pattern that repeats at least 2 and at most 1
            {"pattern":"[b-a]"}                                   | #/pattern is a pattern that has a range that ends before
            {"pattern":"a\\\\"}                                   | #/pattern is a pattern that ends in the middle
            {"pattern":"a^b"}                                     | #/pattern is a pattern that has an anchor inside
            """)
    void contradictionsAreRefusedWithTheirPlace(String schema, String reason) {
        refuses(schema == null ? "" : schema, reason);
    }

    static Stream<Arguments> endless() {
        String list = """
                {"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"next":{"$ref":"#/$defs/n"}},"required":["next"]}}}""";
        String mutual = """
                {"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{
                  "a":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/b"}},
                  "b":{"anyOf":[{"$ref":"#/$defs/a"},{"properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"]}]}}}""";
        String circle = """
                {"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"type":"null"}]},"b":{"$ref":"#/$defs/a"}}}""";
        String chain = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
                + IntStream.range(0, 1000)
                        .mapToObj(i -> "\"d" + i + "\":{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}")
                        .collect(Collectors.joining(","))
                + ",\"d1000\":{}}}";
        String ladder = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
                + IntStream.range(0, 300)
                        .mapToObj(i -> "\"d" + i + "\":{\"items\":{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}}")
                        .collect(Collectors.joining(","))
                + ",\"d300\":{}}}";
        return Stream.of(
                Arguments.of("required successor", list, "#/$defs/n can never end"),
                Arguments.of("required by each other", mutual, "can never end"),
                Arguments.of("circle without anything between", circle, "refers to itself"),
                Arguments.of("references to references", chain, "more than 32 references"),
                Arguments.of("references far down", ladder, "nested more than 128 schemas deep"),
                Arguments.of("deep arrays", nested(1000, "{\"items\":", "{}", "}"), "nesting depth"),
                Arguments.of("rather deep arrays", nested(100, "{\"items\":", "{}", "}"), "nested more than 64"),
                Arguments.of("deep alternatives", nested(70, "{\"anyOf\":[", "{}", "]}"), "nesting depth"),
                Arguments.of("megabytes", "{\"title\":\"" + "x".repeat(1 << 20) + "\"}", "at most 262144"),
                Arguments.of(
                        "huge enum", "{\"enum\":[" + times(20_000, "\"v%\"") + "]}", "has 20000 values; at most 1000"),
                Arguments.of("many alternatives", "{\"anyOf\":[" + times(1500, "{\"const\":%}") + "]}", "at most 1000"),
                Arguments.of(
                        "many properties",
                        "{\"properties\":{" + times(300, "\"p%\":{}") + "},\"required\":[" + times(300, "\"p%\"")
                                + "]}",
                        "#/properties has 300 properties; at most 256"),
                Arguments.of(
                        "many optional properties",
                        "{\"properties\":{" + times(200, "\"p%\":{}") + "}}",
                        "has 200 properties that may be missing"),
                Arguments.of(
                        "many schemas",
                        "{\"prefixItems\":[" + times(250, "{\"prefixItems\":[" + times(20, "{}") + "]}") + "]}",
                        "schema too many"),
                Arguments.of(
                        "long bounds together",
                        "{\"prefixItems\":[" + times(50, "{\"maxLength\":900}") + "]}",
                        "makes the grammar too large"),
                Arguments.of(
                        "many formats",
                        "{\"prefixItems\":[" + times(250, "{\"format\":\"time\"}") + "]}",
                        "patterns and formats"),
                Arguments.of("half a character", "{\"const\":\"\\ud800\"}", "half a character"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endless")
    void whatNeverEndsOrIsTooLargeIsRefused(String name, String schema, String reason) {
        refuses(schema, reason);
    }

    static Stream<Arguments> heavy() {
        String typed = "{\"type\":[\"object\",\"array\",\"string\",\"null\"],\"properties\":{\"a\":%},\"items\":%}";
        String doubling = "{\"$ref\":\"#/$defs/d0\",\"$defs\":{"
                + IntStream.range(0, 30)
                        .mapToObj(i -> "\"d" + i + "\":{\"anyOf\":[{\"$ref\":\"#/$defs/d" + (i + 1)
                                + "\"},{\"$ref\":\"#/$defs/d" + (i + 1) + "\"}]}")
                        .collect(Collectors.joining(","))
                + ",\"d30\":{\"const\":1}}}";
        String types =
                IntStream.range(0, 6).boxed().reduce("{}", (inside, i) -> typed.replace("%", inside), (a, b) -> a);
        return Stream.of(
                Arguments.of("2^30 ways through anyOf", doubling, "2"),
                Arguments.of("types in types", types, "7"),
                Arguments.of("1,000 values", "{\"enum\":[" + times(1000, "\"value%\"") + "]}", "\"x\""),
                Arguments.of(
                        "100 optional properties",
                        "{\"properties\":{" + times(100, "\"p%\":{}") + "},\"additionalProperties\":false}",
                        "{\"q\":1}"),
                Arguments.of("a long list", "{\"items\":{\"type\":\"integer\"},\"maxItems\":1000}", "[\"a\"]"),
                Arguments.of("a longer list", "{\"items\":{},\"maxItems\":1000000000}", "{}"),
                Arguments.of("a long text", "{\"type\":\"string\",\"maxLength\":1000}", "1"),
                Arguments.of("a longer text", "{\"type\":\"string\",\"minLength\":500,\"maxLength\":100000}", "\"\""),
                Arguments.of("20,000 steps", "{\"prefixItems\":[" + times(20, "{\"maxLength\":1000}") + "]}", "[]"),
                Arguments.of("128 deep", nested(60, "{\"items\":", "{\"const\":1}", "}"), "{}"),
                Arguments.of("backtracking", "{\"pattern\":\"^(a+)+b$\"}", "\"" + "a".repeat(5000) + "\""),
                Arguments.of(
                        "100 patterns",
                        "{\"prefixItems\":[" + times(100, "{\"type\":\"string\",\"format\":\"date-time\"}") + "]}",
                        "[]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("heavy")
    void validationOfWhatIsAllowedEndsAtOnce(String name, String schema, String wrong) {
        assertTimeoutPreemptively(
                LIMIT,
                () -> assertThat(JsonSchema.parse(schema).violations(wrong)).isNotEmpty());
    }

    @Tag("native")
    @ParameterizedTest(name = "{0}")
    @MethodSource("heavy")
    void nativeCodeCompilesWhatIsAllowedAtOnce(String name, String schema, String wrong) {
        Grammar.ofJsonSchema("{}"); // loads the libraries
        assertTimeoutPreemptively(
                LIMIT, () -> assertThat(Grammar.ofJsonSchema(schema).source()).contains("root ::="));
    }

    @Test
    void whatAGrammarCannotFollowIsListed() {
        JsonSchema schema = JsonSchema.parse("""
                {"type":"object","properties":{
                  "n":{"type":"number","minimum":0,"exclusiveMaximum":1,"multipleOf":0.5},
                  "s":{"type":"string","pattern":"^a+$","maxLength":3,"format":"date"},
                  "l":{"type":"array","uniqueItems":true,"maxItems":5000},
                  "o":{"oneOf":[{"type":"number"},{"const":1}]},
                  "m":{"type":"object","maxProperties":2}}}""");
        assertThat(schema.unenforced())
                .containsExactlyInAnyOrder(
                        "/properties/n/multipleOf",
                        "/properties/n/minimum",
                        "/properties/n/exclusiveMaximum",
                        "/properties/s/format",
                        "/properties/s/maxLength",
                        "/properties/l/maxItems",
                        "/properties/l/uniqueItems",
                        "/properties/o/oneOf",
                        "/properties/m/maxProperties");
    }
}
