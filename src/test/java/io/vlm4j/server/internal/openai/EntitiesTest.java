package io.vlm4j.server.internal.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.Timings;
import io.vlm4j.generation.Usage;
import io.vlm4j.graph.Grounding;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class EntitiesTest {
    private static JsonNode choice(Optional<Grounding> grounding) {
        Generation generation = new Generation(
                "An apple",
                List.of(),
                FinishReason.END_OF_GENERATION,
                new Usage(0, 0, 0, 0, 0),
                new Timings(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                List.of(),
                Optional.empty(),
                grounding);
        try (Model model = Model.open(TestModels.bundled())) {
            return new ChatJsonWriter("chatcmpl-1", 0, "pico", new Logprobs(model.tokenizer()), false)
                    .completion(List.of(ChatMessage.assistant("An apple")), List.of(generation))
                    .at("/choices/0");
        }
    }

    @Test
    void answersThatPlaceThingsHaveThem() {
        Grounding grounding = Grounding.parse("<grounding><phrase> An apple</phrase><object>"
                + "<patch_index_0000><patch_index_1023></object> on a table");

        assertThat(choice(Optional.of(grounding)).path("entities").toString())
                .isEqualTo("[{\"label\":\"An apple\",\"boxes\":[[0.015625,0.015625,0.984375,0.984375]]}]");
    }

    @Test
    void othersHaveNoSuchField() {
        assertThat(choice(Optional.empty()).has("entities")).isFalse();
    }
}
