package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.extraction.Choice;
import io.vlm4j.extraction.TypedAnswer;
import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.extraction`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class ExtractionSnippets {
    record Scene(List<String> objects, int count, String background) {}

    @Test
    void extract() {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            ImageInput image = ImageInput.of(TestModels.sample("06-red_apple.png"));
            // @start region="extract"
            // record Scene(List<String> objects, int count, String background) {}
            TypedAnswer<Scene> answer = vlm.ask(image, "Describe this image as JSON.", Scene.class);
            Scene scene = answer.value(); // Scene[objects=[red apple], count=1, background=white]
            double sure = answer.confidence().get("/background"); // 0.99...
            // @end
            assertThat(scene).isEqualTo(new Scene(List.of("red apple"), 1, "white"));
            assertThat(sure).isGreaterThan(0.99);
            // @start region="choose"
            Choice colour = vlm.choose(image, "What color is the background?", List.of("red", "white", "blue"));
            // colour.text() is "white", colour.probability() 0.999...
            // @end
            assertThat(colour.text()).isEqualTo("white");
            assertThat(colour.probability()).isGreaterThan(0.99);
        }
    }
}
