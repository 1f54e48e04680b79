package io.vlm4j.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.net.URI;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the grammars let through follows the schemas, whatever the model says: two implementations of a schema, the
/// native compiler's and the validator's, against each other, with a model that is hot enough to try everything.
@Tag("native")
@Tag("model")
class GrammarSoundnessTest {
    private static final int ANSWERS = 6;
    private static Vlm vlm;

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    private static Generation answer(Grammar grammar, int seed) {
        GenerationOptions options = GenerationOptions.builder()
                .maxTokens(100)
                .sampling(SamplingOptions.builder()
                        .temperature(50) // next to no preference
                        .topK(0)
                        .topP(1)
                        .minP(0)
                        .seed(seed)
                        .grammar(grammar)
                        .build())
                .build();
        return vlm.complete(Prompt.builder().markup("USER: hi ASSISTANT:").build(), options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"integer\",\"minimum\":105}",
                "{\"type\":\"integer\",\"minimum\":-37,\"exclusiveMaximum\":1204}",
                "{\"type\":\"integer\",\"maximum\":-15}",
                "{\"type\":\"integer\",\"minimum\":98,\"maximum\":102}",
                "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5}",
                "{\"type\":\"string\",\"pattern\":\"^.{1,6}$\"}",
                "{\"type\":\"string\",\"pattern\":\"^[^a]{2,4}(x|\\\\\\\"|\\\\\\\\){3}$\"}",
                "{\"type\":\"string\",\"pattern\":\"^(\\\\d{2}|[A-F]+)-\\\\w?$\"}",
                "{\"type\":\"string\",\"format\":\"date\"}",
                "{\"type\":\"string\",\"format\":\"date-time\"}",
                "{\"type\":\"string\",\"format\":\"duration\"}",
                "{\"type\":\"array\",\"items\":{\"enum\":[1,\"a\",null,{\"b\":[1.5]}]},\"minItems\":1,\"maxItems\":3}",
                "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"boolean\"},{\"type\":[\"null\",\"integer\"]}]}",
                "{\"properties\":{\"a\":{\"type\":\"boolean\"},\"b\":{\"const\":\"\\\"\"},\"a_b\":{},\"a-b\":{\"type\":\"null\"}},"
                        + "\"required\":[\"b\"],\"additionalProperties\":{\"type\":\"null\"}}",
                "{\"anyOf\":[{\"$ref\":\"#/$defs/a_b\"},{\"$ref\":\"#/$defs/a-b\"}],\"$defs\":{\"a_b\":{\"const\":1},"
                        + "\"a-b\":{\"const\":2}}}",
                "{\"$ref\":\"#/$defs/t\",\"$defs\":{\"t\":{\"properties\":{\"t\":{\"type\":\"array\",\"maxItems\":1,"
                        + "\"items\":{\"$ref\":\"#/$defs/t\"}}},\"required\":[\"t\"]}}}"
            })
    void whatIsGeneratedFollowsTheSchema(String text) {
        JsonSchema schema = JsonSchema.parse(text);
        assertThat(schema.unenforced()).isEmpty();
        Grammar grammar = Grammar.ofJsonSchema(schema);
        int whole = 0;
        for (int seed = 1; seed <= ANSWERS; seed++) {
            Generation answer = answer(grammar, seed);
            if (answer.finishReason() != FinishReason.MAX_TOKENS) {
                whole++;
                assertThat(schema.violations(answer.text()))
                        .as("%s", answer.text())
                        .isEmpty();
            }
        }
        assertThat(whole).as("answers that were not cut").isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                LocalDate.class,
                LocalTime.class,
                LocalDateTime.class,
                Instant.class,
                java.time.Duration.class,
                URI.class,
                UUID.class,
                int.class,
                byte.class,
                long.class,
                JavaTypesTest.Colour.class,
                JavaTypesTest.Outer.class
            })
    void whatIsGeneratedBecomesAValue(Class<?> type) {
        JsonBinding<?> binding = JsonBinding.of(type);
        Grammar grammar = Grammar.ofJsonSchema(binding.schema());
        int whole = 0;
        for (int seed = 1; seed <= ANSWERS; seed++) {
            Generation answer = answer(grammar, seed);
            if (answer.finishReason() != FinishReason.MAX_TOKENS) {
                whole++;
                assertThat((Object) binding.read(answer.text()))
                        .as("%s", answer.text())
                        .isNotNull();
            }
        }
        assertThat(whole).as("answers that were not cut").isPositive();
    }
}
