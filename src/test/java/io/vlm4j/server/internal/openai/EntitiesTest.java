package io.vlm4j.server.internal.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.graph.Grounding;
import io.vlm4j.server.internal.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class EntitiesTest {
    private static ObjectNode choice(Optional<Grounding> grounding) {
        ObjectNode choice = Json.object();
        Entities.add(
                choice,
                new Generation(
                        "An apple",
                        List.of(),
                        FinishReason.END_OF_GENERATION,
                        new Usage(0, 0, 0, 0, 0),
                        new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                        List.of(),
                        Optional.empty(),
                        grounding));
        return choice;
    }

    @Test
    void answersThatPlaceThingsHaveThem() {
        Grounding grounding = Grounding.parse("<grounding><phrase> An apple</phrase><object>"
                + "<patch_index_0000><patch_index_1023></object> on a table");

        assertThat(choice(Optional.of(grounding)).toString())
                .isEqualTo("{\"entities\":[{\"label\":\"An apple\",\"boxes\":[[0.0156,0.0156,0.9844,0.9844]]}]}");
    }

    @Test
    void othersHaveNoSuchField() {
        assertThat(choice(Optional.empty()).isEmpty()).isTrue();
    }
}
