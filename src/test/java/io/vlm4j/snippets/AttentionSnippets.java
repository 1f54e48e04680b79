package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.attention.AttendedAnswer;
import io.vlm4j.attention.AttentionRecipe;
import io.vlm4j.attention.Heatmap;
import io.vlm4j.attention.WordAttention;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples in the documentation of `io.vlm4j.attention`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class AttentionSnippets {
    @Test
    void attend() {
        ImageInput picture = ImageInput.of(TestModels.sample("02-phone-toilet.png"));
        // @start region="attend"
        try (Model model = Model.open(TestModels.bundled());
                Projector projector = model.openProjector(TestModels.bundledProjector());
                ChatTemplate template = ChatTemplate.of(model);
                AnswerAttention attention = AnswerAttention.open(projector, template, ContextOptions.defaults())) {
            AttendedAnswer answer = attention.ask(
                    picture,
                    "What is on the left?",
                    Vlm.options().build(),
                    AttentionRecipe.LATE_LAYERS,
                    new Cancellation());
            WordAttention phone = answer.words().getLast(); // "a", "phone"
            double left = phone.map().mass(0, 0, 0.5, 1); // 0.96 of it is on the left half
            // @end
            assertThat(phone.text()).isEqualTo("phone");
            assertThat(left).isGreaterThan(0.9);
        }
    }

    @Test
    void heatmap(@TempDir Path folder) throws IOException {
        ImageInput picture = ImageInput.of(TestModels.sample("02-phone-toilet.png"));
        Path file = folder.resolve("map.png");
        // @start region="heatmap"
        Heatmap map = Heatmap.of(2, 1, Heatmap.Fit.WHOLE, 0.9f, 0.1f); // two cells side by side
        Files.write(file, map.over(picture, 800).encoded());
        // @end
        assertThat(file).isNotEmptyFile();
    }
}
