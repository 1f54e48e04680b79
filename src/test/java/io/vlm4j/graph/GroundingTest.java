package io.vlm4j.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.testkit.Golden;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// KOSMOS-2's tags, against transformers' post-processing.
class GroundingTest {
    @Test
    void textsAndEntitiesEqualTransformers() {
        int entities = 0;
        for (JsonNode expected : Golden.json(Golden.resource("graph/grounding.json"))) {
            String tagged = expected.get("text").asString();
            Grounding grounding = Grounding.parse(tagged);

            assertThat(grounding.text())
                    .as("text of '%s'", tagged)
                    .isEqualTo(expected.get("caption").asString());
            assertThat(grounding.entities()).as("entities of '%s'", tagged).isEqualTo(entities(expected));
            entities += grounding.entities().size();
        }
        assertThat(entities).isEqualTo(188);
    }

    private static List<Entity> entities(JsonNode expected) {
        List<Entity> entities = new ArrayList<>();
        for (JsonNode entity : expected.get("entities")) {
            List<Box> boxes = new ArrayList<>();
            for (JsonNode box : entity.get("boxes")) {
                boxes.add(new Box(
                        box.get(0).asDouble(),
                        box.get(1).asDouble(),
                        box.get(2).asDouble(),
                        box.get(3).asDouble()));
            }
            entities.add(new Entity(
                    entity.get("label").asString(),
                    entity.get("start").asInt(),
                    entity.get("end").asInt(),
                    boxes));
        }
        return entities;
    }

    @Test
    void boxesThatTheGridHasNotNameNoEntity() {
        assertThat(Grounding.parse("<phrase>x</phrase><object><patch_index_1024><patch_index_1025></object>"))
                .isEqualTo(new Grounding("x", List.of()));
        assertThat(Grounding.parse("<object><patch_index_0033><patch_index_0000></object>")
                        .entities())
                .isEmpty();
        assertThat(Grounding.parse("<object><patch_index_99999999999><patch_index_0000></object>")
                        .entities())
                .isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Box(0.5, 0, 0.5, 1))
                .withMessageContaining("left 0.5");
    }

    @Test
    void unfinishedTagsDoNoHarm() {
        String many = "<phrase>".repeat(20_000) + "<object><patch_index_0001>".repeat(20_000);

        assertThat(Grounding.parse(many)).isEqualTo(new Grounding("", List.of()));
        assertThat(Grounding.parse("<".repeat(20_000)).text()).hasSize(20_000);
    }
}
