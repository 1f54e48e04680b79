package io.vlm4j.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBindingTest {
    enum Colour {
        RED,
        GREEN
    }

    sealed interface Shape {
        record Circle(double radius) implements Shape {}

        record Group(List<Shape> shapes, Map<String, Colour> colours) implements Shape {}
    }

    record Everything(
            int number,
            Optional<String> note,
            @Nullable Colour colour,
            Set<Integer> set,
            int[] array,
            List<List<String>> nested,
            Shape shape) {}

    private static <T> void comesBack(Class<T> type, T value) {
        JsonBinding<T> binding = JsonBinding.of(type);
        String json = binding.write(value);
        assertThat(binding.schema().violations(json)).isEmpty();
        assertThat(binding.read(json)).usingRecursiveComparison().isEqualTo(value);
    }

    @Test
    void valuesComeBackAsTheyWereWritten() {
        Shape shape = new Shape.Group(
                List.of(new Shape.Circle(1.5), new Shape.Group(List.of(), Map.of())), Map.of("a", Colour.RED));
        comesBack(Colour.class, Colour.GREEN);
        comesBack(Shape.class, shape);
        comesBack(
                Everything.class,
                new Everything(
                        7, Optional.of("x"), Colour.RED, Set.of(1, 2), new int[] {3}, List.of(List.of("y")), shape));
        comesBack(
                Everything.class,
                new Everything(7, Optional.empty(), null, Set.of(), new int[0], List.of(), new Shape.Circle(0)));
    }

    record Positive(int number) {
        Positive {
            if (number <= 0) {
                throw new IllegalArgumentException("not above zero");
            }
        }
    }

    record Page(List<Positive> numbers, Optional<Colour> colour) {}

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                                   | is no JSON
            {"numbers":[]} {}                                    | is no JSON
            []                                                   | must be an object, not an array
            {}                                                   | /numbers is missing
            {"numbers":[],"x/y":1}                               | /x~1y is unknown; known are [numbers, colour]
            {"numbers":[],"colour":null}                         | /colour must be one of "RED", "GREEN", not null
            {"numbers":[],"colour":"BLUE"}                       | /colour must be one of "RED", "GREEN", not "BLUE"
            {"numbers":[{"number":"7"}]}                         | /numbers/0/number must be an integer, not "7"
            {"numbers":[{"number":7},{"number":3000000000}]}     | /numbers/1/number must be at most 2147483647
            {"numbers":[{"number":0}]}                           | /numbers/0 is refused by Positive: not above zero
            """)
    void whatIsWrongIsNamedByItsPlace(String json, String reason) {
        assertThatThrownBy(() -> JsonBinding.of(Page.class).read(json == null ? "" : json))
                .isInstanceOf(Vlm4jException.InvalidAnswer.class)
                .hasMessageContaining(reason);
    }

    @Test
    void numbersThatNoTypeHoldsAreNamed() {
        assertThatThrownBy(() -> JsonBinding.of(double.class).read("1e999"))
                .isInstanceOf(Vlm4jException.InvalidAnswer.class)
                .hasMessageContaining("no number that a double can hold");
        assertThatThrownBy(() -> JsonBinding.of(long.class).read("1e999999999"))
                .isInstanceOf(Vlm4jException.InvalidAnswer.class);
        assertThat(JsonBinding.of(int.class).read("7.0")).isEqualTo(7);
    }

    @Test
    void ofSealedTypesTheMeantRecordIsExplained() {
        assertThatThrownBy(() -> JsonBinding.of(Shape.class).read("{\"type\":\"Circle\",\"radius\":\"wide\"}"))
                .hasMessageContaining("/radius must be a number, not \"wide\"");
        assertThatThrownBy(() -> JsonBinding.of(Shape.class).read("{\"type\":\"Square\"}"))
                .hasMessageContaining("matches none of 2 alternatives");
    }

    @Test
    void timesOfAnySecondComeBack() {
        comesBack(LocalTime.class, LocalTime.of(10, 0));
        comesBack(LocalDateTime.class, LocalDateTime.of(2024, 2, 29, 0, 0));
        comesBack(Instant.class, Instant.EPOCH);
        comesBack(Duration.class, Duration.ofSeconds(-5));
    }

    @Test
    void listsOfAType() {
        JsonBinding<List<Positive>> binding = JsonBinding.listOf(Positive.class);
        assertThat(binding.read("[{\"number\":1}]")).containsExactly(new Positive(1));
    }
}
