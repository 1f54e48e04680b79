package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.generation.Generation;
import io.vlm4j.graph.Entity;
import io.vlm4j.graph.Grounding;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.GroundedPicture;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example of answers that say where things are. It runs as part of [SnippetsTest].
@Tag("native")
@Tag("reference")
class GroundingSnippets {
    @Test
    void grounding(@TempDir Path folder) throws IOException {
        Path model = Conversion.convert(
                        TestModels.reference("golden/models/kosmos2"), folder, ConversionOptions.of(WeightType.F32))
                .model();
        Path file = TestModels.reference("golden/images/100x70.png");
        Path marked = folder.resolve("marked.png");
        // @start region="grounding"
        try (Vlm vlm = Vlm.open(model)) { // a KOSMOS-2 is one file
            ImageInput picture = ImageInput.of(file);
            Prompt caption = Prompt.builder()
                    .image(picture)
                    .markup("<grounding>An image of")
                    .build();
            Generation answer = vlm.complete(caption, Vlm.options().build());
            Grounding grounding = answer.grounding().orElseThrow();
            for (Entity entity : grounding.entities()) {
                System.out.println(entity.label() + " at " + entity.boxes()); // a snowman at [Box[left=0.39...
            }
            Files.write(
                    marked, GroundedPicture.draw(picture, grounding.entities()).encoded());
        }
        // @end
        assertThat(marked).isNotEmptyFile();
    }
}
