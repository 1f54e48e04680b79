package io.vlm4j.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.sampling.Grammar;
import java.io.File;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JavaTypesTest {
    @Description("A colour.")
    enum Colour {
        RED,
        GREEN
    }

    @Description("A place.")
    record Point(
            @Description("to the right") int x,
            Optional<Integer> y,
            @Nullable String name) {}

    record Bounded(
            @Range(min = 0, max = 1) double share,
            @Range(min = 1) long count,
            @Size(min = 1, max = 8) String code,
            @Pattern("^[A-Z]+$") String letters,
            @Size(max = 3) List<String> tags) {}

    record Twice(Point from, Point to) {}

    record Tree(String label, List<Tree> children) {}

    record Page<T>(List<T> items, Optional<Page<T>> next) {}

    record Book(Page<Integer> numbers) {}

    sealed interface Shape {
        record Circle(double radius) implements Shape {}

        record Named(String type, Shape shape) implements Shape {}
    }

    sealed interface Outer {
        record A() implements Outer {}

        sealed interface Inner extends Outer {
            record B(boolean b) implements Inner {}
        }
    }

    record Empty() {}

    private static final String INT = "{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647}";
    private static final String POINT = "{\"type\":\"object\",\"description\":\"A place.\",\"properties\":{\"x\":"
            + "{\"type\":\"integer\",\"minimum\":-2147483648,\"maximum\":2147483647,\"description\":\"to the right\"},\"y\":"
            + INT + ",\"name\":{\"type\":\"string\"}},\"required\":[\"x\"],\"additionalProperties\":false}";

    static Stream<Arguments> schemas() {
        return Stream.of(
                Arguments.of(String.class, "{\"type\":\"string\"}"),
                Arguments.of(boolean.class, "{\"type\":\"boolean\"}"),
                Arguments.of(Boolean.class, "{\"type\":\"boolean\"}"),
                Arguments.of(byte.class, "{\"type\":\"integer\",\"minimum\":-128,\"maximum\":127}"),
                Arguments.of(Short.class, "{\"type\":\"integer\",\"minimum\":-32768,\"maximum\":32767}"),
                Arguments.of(int.class, INT),
                Arguments.of(Integer.class, INT),
                Arguments.of(long.class, "{\"type\":\"integer\"}"),
                Arguments.of(BigInteger.class, "{\"type\":\"integer\"}"),
                Arguments.of(float.class, "{\"type\":\"number\"}"),
                Arguments.of(Double.class, "{\"type\":\"number\"}"),
                Arguments.of(BigDecimal.class, "{\"type\":\"number\"}"),
                Arguments.of(LocalDate.class, "{\"type\":\"string\",\"format\":\"date\"}"),
                Arguments.of(LocalTime.class, "{\"type\":\"string\",\"format\":\"time-local\"}"),
                Arguments.of(LocalDateTime.class, "{\"type\":\"string\",\"format\":\"date-time-local\"}"),
                Arguments.of(Instant.class, "{\"type\":\"string\",\"format\":\"date-time\"}"),
                Arguments.of(Duration.class, "{\"type\":\"string\",\"format\":\"duration\"}"),
                Arguments.of(URI.class, "{\"type\":\"string\",\"format\":\"uri\"}"),
                Arguments.of(UUID.class, "{\"type\":\"string\",\"format\":\"uuid\"}"),
                Arguments.of(int[].class, "{\"type\":\"array\",\"items\":" + INT + "}"),
                Arguments.of(
                        Colour.class,
                        "{\"type\":\"string\",\"description\":\"A colour.\",\"enum\":[\"RED\",\"GREEN\"]}"),
                Arguments.of(Empty.class, "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"),
                Arguments.of(Point.class, POINT),
                Arguments.of(
                        Bounded.class,
                        "{\"type\":\"object\",\"properties\":{"
                                + "\"share\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1},"
                                + "\"count\":{\"type\":\"integer\",\"minimum\":1},"
                                + "\"code\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":8},"
                                + "\"letters\":{\"type\":\"string\",\"pattern\":\"^[A-Z]+$\"},"
                                + "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":3}},"
                                + "\"required\":[\"share\",\"count\",\"code\",\"letters\",\"tags\"],"
                                + "\"additionalProperties\":false}"),
                Arguments.of(
                        Twice.class,
                        "{\"type\":\"object\",\"properties\":{\"from\":{\"$ref\":\"#/$defs/Point\"},"
                                + "\"to\":{\"$ref\":\"#/$defs/Point\"}},\"required\":[\"from\",\"to\"],"
                                + "\"additionalProperties\":false,\"$defs\":{\"Point\":" + POINT + "}}"),
                Arguments.of(
                        Tree.class,
                        "{\"$ref\":\"#/$defs/Tree\",\"$defs\":{\"Tree\":{\"type\":\"object\",\"properties\":{"
                                + "\"label\":{\"type\":\"string\"},\"children\":{\"type\":\"array\",\"items\":"
                                + "{\"$ref\":\"#/$defs/Tree\"}}},\"required\":[\"label\",\"children\"],"
                                + "\"additionalProperties\":false}}}"),
                Arguments.of(
                        Book.class,
                        "{\"type\":\"object\",\"properties\":{\"numbers\":{\"$ref\":\"#/$defs/PageOfInteger\"}},"
                                + "\"required\":[\"numbers\"],\"additionalProperties\":false,\"$defs\":{"
                                + "\"PageOfInteger\":{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\","
                                + "\"items\":" + INT + "},\"next\":{\"$ref\":\"#/$defs/PageOfInteger\"}},"
                                + "\"required\":[\"items\"],\"additionalProperties\":false}}}"),
                Arguments.of(
                        Shape.class,
                        "{\"$ref\":\"#/$defs/Shape\",\"$defs\":{\"Shape\":{\"anyOf\":["
                                + "{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":\"Circle\"},"
                                + "\"radius\":{\"type\":\"number\"}},\"required\":[\"kind\",\"radius\"],"
                                + "\"additionalProperties\":false},"
                                + "{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":\"Named\"},"
                                + "\"type\":{\"type\":\"string\"},\"shape\":{\"$ref\":\"#/$defs/Shape\"}},"
                                + "\"required\":[\"kind\",\"type\",\"shape\"],\"additionalProperties\":false}]}}}"),
                Arguments.of(
                        Outer.class,
                        "{\"anyOf\":[{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"A\"}},"
                                + "\"required\":[\"type\"],\"additionalProperties\":false},"
                                + "{\"type\":\"object\",\"properties\":{\"type\":{\"const\":\"B\"},"
                                + "\"b\":{\"type\":\"boolean\"}},\"required\":[\"type\",\"b\"],"
                                + "\"additionalProperties\":false}]}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("schemas")
    void aTypeHasThisSchema(Type type, String schema) {
        assertThat(JsonSchema.of(type).json()).isEqualTo(schema);
    }

    @Tag("native")
    @ParameterizedTest(name = "{0}")
    @MethodSource("schemas")
    void itsSchemaCompilesToAGrammar(Type type, String schema) {
        assertThat(Grammar.ofJsonSchema(JsonSchema.of(type)).source()).contains("root ::=");
    }

    record Unsupported(List<Inner> list) {
        record Inner(Map<String, File> files) {}
    }

    record NumericKeys(Map<Integer, String> map) {}

    record Raw(@SuppressWarnings("rawtypes") List list) {}

    record OptionalInside(List<Optional<String>> list) {}

    record Misplaced(@Range(min = 1) String text) {}

    record Endless(Endless again) {}

    record Growing<T>(Optional<Growing<List<T>>> next) {}

    record Grown(Growing<String> growing) {}

    sealed interface Open {
        non-sealed class Any implements Open {}
    }

    sealed interface AllTags {
        record One(String type, String kind, String variant) implements AllTags {}
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(
                        Unsupported.class, "Unsupported.list[].files{}: java.io.File has no JSON schema; supported"),
                Arguments.of(NumericKeys.class, "NumericKeys.map: the keys of a map must be String"),
                Arguments.of(Raw.class, "Raw.list: java.util.List needs its type arguments"),
                Arguments.of(OptionalInside.class, "OptionalInside.list[]: Optional is for components"),
                Arguments.of(Misplaced.class, "Misplaced.text: @Range is for numbers"),
                Arguments.of(Grown.class, "more than 200 types"),
                Arguments.of(Open.class, "which is no record and no sealed interface"),
                Arguments.of(AllTags.class, "use all of the names that could tell them apart"),
                Arguments.of(Object.class, "java.lang.Object has no JSON schema"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void aTypeWithoutASchemaIsNamedWithTheWayToIt(Type type, String reason) {
        assertThatThrownBy(() -> JsonSchema.of(type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aRecordThatMustContainItselfIsRefused() {
        assertThatThrownBy(() -> JsonSchema.of(Endless.class)).hasMessageContaining("can never end");
    }

    @Test
    void setsAreArrays() {
        record Holder(Set<String> set) {}
        assertThat(JsonSchema.of(Holder.class).json())
                .contains("\"set\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}");
    }
}
