package io.vlm4j.extraction.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonValuesTest {
    private static Map<String, String> texts(String json) {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonValues.of(json).forEach((pointer, place) -> texts.put(pointer, json.substring(place.from(), place.to())));
        return texts;
    }

    @Test
    void everyValueIsFound() {
        String json =
                "{ \"a\" : [1, -2.5e3 ,true,null , \"x\\\"y\\\\\" , [] , [ ]], \"b/c~d\\u0041\":{ \"\": {} },\n\"e\":\"\"}";

        assertThat(texts(json))
                .containsExactly(
                        Map.entry("/a/0", "1"),
                        Map.entry("/a/1", "-2.5e3"),
                        Map.entry("/a/2", "true"),
                        Map.entry("/a/3", "null"),
                        Map.entry("/a/4", "x\\\"y\\\\\""),
                        Map.entry("/a/5", "[]"),
                        Map.entry("/a/6", "[ ]"),
                        Map.entry("/b~1c~0dA/", "{}"),
                        Map.entry("/e", "\""));
    }

    @Test
    void aTextThatIsOneValue() {
        assertThat(texts(" 17")).containsExactly(Map.entry("", "17"));
        assertThat(texts("\"text\"")).containsExactly(Map.entry("", "text\""));
        assertThat(texts("[]")).containsExactly(Map.entry("", "[]"));
    }
}
