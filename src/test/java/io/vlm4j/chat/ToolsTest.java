package io.vlm4j.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.schema.Description;
import io.vlm4j.schema.Range;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ToolsTest {
    enum Unit {
        CELSIUS,
        KELVIN
    }

    record Place(String city, Optional<String> country) {}

    record Forecast(LocalDate day, double degrees) {}

    /// Tools of many shapes.
    public static class Weather {
        final List<String> noted = new ArrayList<>();

        @ToolMethod("The weather to come.")
        public List<Forecast> forecast(
                Place place, @Description("how many") @Range(min = 1, max = 7) int days, Optional<Unit> unit) {
            return List.of(
                    new Forecast(LocalDate.of(2025, 1, days), unit.orElse(Unit.CELSIUS) == Unit.KELVIN ? 273 : 0));
        }

        @ToolMethod("Writes something down.")
        public void note(String text, @Nullable Integer priority) {
            noted.add(text + priority);
        }

        @ToolMethod(value = "Adds.", name = "add-numbers")
        public static long add(long a, long b) {
            return a + b;
        }

        @ToolMethod("Fails.")
        public String fail(String how) throws Exception {
            throw new InterruptedException(how);
        }

        public String notATool() {
            return "";
        }
    }

    private static Tool tool(List<Tool> tools, String name) {
        return tools.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void annotatedMethodsAreToolsByName() {
        assertThat(Tools.of(new Weather()))
                .extracting(Tool::name)
                .containsExactly("add-numbers", "fail", "forecast", "note");
        assertThat(Tools.ofStatic(Weather.class)).extracting(Tool::name).containsExactly("add-numbers");
    }

    @Test
    void theSchemaIsThatOfTheParameters() {
        assertThat(tool(Tools.of(new Weather()), "forecast").definition().parameters())
                .isEqualTo("{\"type\":\"object\",\"properties\":{\"place\":{\"type\":\"object\",\"properties\":{"
                        + "\"city\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"}},\"required\":[\"city\"],"
                        + "\"additionalProperties\":false},\"days\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":7,"
                        + "\"description\":\"how many\"},\"unit\":{\"type\":\"string\",\"enum\":[\"CELSIUS\",\"KELVIN\"]}},"
                        + "\"required\":[\"place\",\"days\"],\"additionalProperties\":false}");
    }

    @Test
    void argumentsBecomeValuesAndResultsText() throws Exception {
        Weather weather = new Weather();
        List<Tool> tools = Tools.of(weather);
        assertThat(tool(tools, "forecast")
                        .function()
                        .call("{\"place\":{\"city\":\"Ulm\"},\"days\":2,\"unit\":\"KELVIN\"}"))
                .isEqualTo("[{\"day\":\"2025-01-02\",\"degrees\":273.0}]");
        assertThat(tool(tools, "note").function().call("{\"text\":\"a\"}")).isEqualTo("done");
        assertThat(tool(tools, "note").function().call("{\"text\":\"b\",\"priority\":3}"))
                .isEqualTo("done");
        assertThat(weather.noted).containsExactly("anull", "b3");
        assertThat(tool(tools, "add-numbers").function().call("{\"a\":1,\"b\":2}"))
                .isEqualTo("3");
    }

    @Test
    void wrongArgumentsAreNamedAndTheMethodIsNotCalled() {
        Weather weather = new Weather();
        Tool.Function forecast = tool(Tools.of(weather), "forecast").function();
        Map.of(
                        "", "wrong arguments: /place is missing; /days is missing",
                        "{", "wrong arguments: is no JSON",
                        "[]", "wrong arguments: must be an object, not an array",
                        "{\"place\":{\"town\":\"Ulm\"},\"days\":1}",
                                "wrong arguments: /place/city is missing; /place/town is unknown; known are [city, country]",
                        "{\"place\":{\"city\":\"Ulm\"},\"days\":\"two\"}",
                                "wrong arguments: /days must be an integer, not \"two\"",
                        "{\"place\":{\"city\":\"Ulm\"},\"days\":8}", "wrong arguments: /days must be at most 7, not 8",
                        "{\"place\":{\"city\":\"Ulm\"},\"days\":1,\"unit\":\"F\"}",
                                "wrong arguments: /unit must be one of \"CELSIUS\", \"KELVIN\", not \"F\"")
                .forEach((arguments, message) -> assertThatThrownBy(() -> forecast.call(arguments))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith(message));
    }

    @Test
    void exceptionsOfTheMethodComeOutAsTheyAre() {
        assertThatThrownBy(
                        () -> tool(Tools.of(new Weather()), "fail").function().call("{\"how\":\"so\"}"))
                .isInstanceOf(InterruptedException.class)
                .hasMessage("so");
    }

    @Test
    void aFunctionOfARecordIsATool() throws Exception {
        Tool tool = Tools.of(
                "where", "Looks up.", Place.class, place -> place.country().orElse("nowhere"));
        assertThat(tool.function().call("{\"city\":\"Ulm\"}")).isEqualTo("nowhere");
        assertThatThrownBy(() -> Tools.of("where", "", String.class, text -> text))
                .hasMessageContaining("must be a record");
    }

    public static class Overloaded {
        @ToolMethod("One.")
        public void go(int a) {}

        @ToolMethod("Two.")
        public void go(String a) {}
    }

    public static class Hidden {
        @ToolMethod("One.")
        void go() {}
    }

    public static class Unbindable {
        @ToolMethod("One.")
        public void go(Thread thread) {}
    }

    @Test
    void whatCannotBeAToolIsRefused() {
        assertThatThrownBy(() -> Tools.of(new Overloaded())).hasMessageContaining("two methods would be the tool 'go'");
        assertThatThrownBy(() -> Tools.of(new Hidden())).hasMessageContaining("is not public");
        assertThatThrownBy(() -> Tools.of(new Unbindable()))
                .hasMessageContaining("Unbindable.go.thread: java.lang.Thread has no JSON schema");
        assertThatThrownBy(() -> Tools.of("text")).hasMessageContaining("has no public method with @ToolMethod");
        assertThatThrownBy(() -> Tools.of(Weather.class)).hasMessageContaining("ofStatic");
    }
}
