package io.vlm4j.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

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
}
