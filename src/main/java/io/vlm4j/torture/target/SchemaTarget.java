package io.vlm4j.torture.target;

import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.schema.JsonSchema;
import io.vlm4j.torture.mutate.JsonMutator;
import io.vlm4j.torture.mutate.TextMutator;
import java.util.List;
import java.util.random.RandomGenerator;

/// Samples by JSON schemas, and checks answers against them.
final class SchemaTarget extends TextTarget {
    private static final List<String> SEEDS = List.of(
            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":9},"
                    + "\"b\":{\"type\":\"integer\",\"minimum\":-5,\"maximum\":105}},\"required\":[\"a\"],"
                    + "\"additionalProperties\":false}",
            "{\"type\":\"array\",\"items\":{\"enum\":[1,\"two\",null,true,{\"x\":[]}]},\"minItems\":1,\"maxItems\":4}",
            "{\"anyOf\":[{\"type\":\"number\",\"exclusiveMinimum\":0},{\"const\":\"x\"},{\"$ref\":\"#/$defs/n\"}],"
                    + "\"$defs\":{\"n\":{\"type\":[\"null\",\"boolean\"]}}}",
            "{\"$ref\":\"#/$defs/node\",\"$defs\":{\"node\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":"
                    + "\"integer\"},\"next\":{\"$ref\":\"#/$defs/node\"}},\"required\":[\"v\"]}}}",
            "{\"type\":\"string\",\"pattern\":\"^[a-z]{2,5}(-[0-9]+)?$\"}",
            "{\"type\":\"string\",\"format\":\"date-time\"}",
            "{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"a\"}},\"required\":[\"type\"]},"
                    + "{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"b\"},\"n\":{\"type\":\"number\"}},"
                    + "\"required\":[\"type\",\"n\"]}]}",
            "{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}},"
                    + "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"string\"}}}]}",
            "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"number\"}],\"items\":false,\"title\":\"t\"}",
            "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                    + "\"minProperties\":1,\"maxProperties\":3}",
            "true");

    private static final List<String> WORDS = List.of(
            "null",
            "true",
            "{}",
            "[]",
            "\"\"",
            "\"$ref\":\"#\"",
            "{\"$ref\":\"#\"}",
            "\"$ref\":\"#/$defs/x\"",
            "\"$ref\":\"http://127.0.0.1:1/x\"",
            "\"$ref\":\"#/%41~0~1\"",
            "\"minLength\":100000",
            "\"maxLength\":1000000000",
            "\"minItems\":99999",
            "\"maxItems\":2147483648",
            "\"minimum\":1e400",
            "\"maximum\":-9223372036854775809",
            "\"multipleOf\":0",
            "\"pattern\":\"((a*)*)*\"",
            "\"pattern\":\"[a-\"",
            "\"pattern\":\"(?=x)\"",
            "\"pattern\":\"^(x{1000}){1000}$\"",
            "\"type\":\"nothing\"",
            "\"type\":[]",
            "\"enum\":[]",
            "\"const\":null",
            "\"not\":{}",
            "\"if\":{}",
            "\"format\":\"uuid\"",
            "\"uniqueItems\":true",
            "\"patternProperties\":{\"^a\":{}}",
            "\"required\":[\"z\",\"z\"]",
            "\"\\ud800\"",
            "\"\\u0000\"",
            ",",
            ":",
            "{",
            "}",
            "[",
            "]",
            "1e999",
            "NaN");

    private static final List<String> WRAPS = List.of(
            "{@}",
            "[@]",
            "{\"items\":@}",
            "{\"anyOf\":[@]}",
            "{\"allOf\":[@]}",
            "{\"properties\":{\"a\":@}}",
            "\"@\"",
            "{\"type\":\"array\",\"items\":@}");

    private static final List<String> NESTS = List.of(
            "{\"anyOf\":[@]}",
            "{\"type\":\"array\",\"items\":@}",
            "{\"type\":\"object\",\"properties\":{\"a\":@}}",
            "{\"allOf\":[@]}");

    private static final List<String> ANSWERS = List.of(
            "{\"a\":\"x\",\"b\":1e99}", "[1,[[]],null]", "\"2024-02-31\"", "-1.5e-400", "{\"v\":1,\"next\":{}}", "");

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "{}",
            "[]",
            "\"\"",
            "0",
            "-1",
            "1",
            "3",
            "1000",
            "100000",
            "2147483648",
            "1e400",
            "-9223372036854775809",
            "0.1",
            "\"#\"",
            "\"#/$defs/n\"",
            "\"#/properties/a\"",
            "\"http://127.0.0.1:1/x\"",
            "\"((a*)*)*\"",
            "\"[a-\"",
            "\"^(x{100}){9}$\"",
            "\"(?=x)\"",
            "\"string\"",
            "\"object\"",
            "\"array\"",
            "\"number\"",
            "\"integer\"",
            "\"null\"",
            "\"uuid\"",
            "\"date\"",
            "[\"a\",\"a\"]",
            "{\"type\":\"string\"}",
            "{\"$ref\":\"#\"}",
            "{\"const\":{\"a\":[1]}}",
            "{\"enum\":[\"\\u0000\",\"\\\\\",\"\\ud800\"]}");

    private static final List<String> MEMBERS = List.of(
            "{\"minLength\":3}",
            "{\"maxLength\":1000000000}",
            "{\"minItems\":2}",
            "{\"maxItems\":99999}",
            "{\"minimum\":-100}",
            "{\"exclusiveMaximum\":7}",
            "{\"multipleOf\":0}",
            "{\"multipleOf\":5}",
            "{\"pattern\":\"^[^a]{3}$\"}",
            "{\"type\":[\"string\",\"null\"]}",
            "{\"enum\":[1,\"1\",1.0]}",
            "{\"const\":null}",
            "{\"not\":{}}",
            "{\"if\":{}}",
            "{\"format\":\"time\"}",
            "{\"uniqueItems\":true}",
            "{\"patternProperties\":{\"^a\":{}}}",
            "{\"required\":[\"z\"]}",
            "{\"additionalProperties\":{}}",
            "{\"additionalProperties\":false}",
            "{\"$ref\":\"#\"}",
            "{\"$defs\":{\"n\":{\"$ref\":\"#/$defs/n\"}}}",
            "{\"\":{}}",
            "{\"properties\":{\"\\\"\":{},\"\\u0000\":{\"type\":\"integer\"}}}",
            "{\"description\":\"*/\"}",
            "{\"prefixItems\":[]}",
            "{\"anyOf\":[{},{\"type\":\"string\"}]}",
            "{\"title\":\"\\ud800\"}");

    private final JsonMutator structure = new JsonMutator(SEEDS, VALUES, MEMBERS, NESTS);

    SchemaTarget(SeedFiles seeds) {
        super(seeds, new TextMutator(SEEDS, WORDS, WRAPS));
    }

    /// Most stay JSON, or nothing else than the reader of JSON would be tried.
    @Override
    String text(RandomGenerator random) {
        return random.nextInt(4) == 0 ? super.text(random) : structure.mutate(random);
    }

    @Override
    void use(String text) {
        JsonSchema schema = JsonSchema.parse(text);
        ANSWERS.forEach(schema::violations);
        Grammar grammar = Grammar.ofJsonSchema(schema);
        write(SamplingOptions.builder().grammar(grammar).temperature(1).seed(1).build());
    }
}
