package io.vlm4j.scheduling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A picture that comes again is neither decoded nor prepared, and nobody can tell.
@Tag("native")
@Tag("model")
class RememberedPicturesTest {
    private Model model;
    private Projector projector;
    private byte[] syringe;

    @BeforeEach
    void open() throws IOException {
        model = Model.open(TestModels.bundled());
        projector = model.openProjector(TestModels.bundledProjector());
        syringe = Files.readAllBytes(TestModels.sample("05-syringe.png"));
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static Prompt about(ImageInput... images) {
        return Prompt.parse(
                "USER: " + "<image>\n".repeat(images.length) + "What is shown in this image? ASSISTANT:", images);
    }

    @Test
    void answersAreTheSame() throws Exception {
        GenerationOptions fresh =
                GenerationOptions.builder().maxTokens(12).reuse(Reuse.NONE).build();
        ImageInput other = ImageInput.of(Files.readAllBytes(TestModels.sample("08-box.png")));
        List<Prompt> prompts = List.of(
                about(ImageInput.of(syringe)),
                about(ImageInput.of(syringe.clone())),
                about(ImageInput.of(TestModels.sample("05-syringe.png"))),
                about(ImageInput.of(syringe), ImageInput.of(syringe)),
                about(ImageInput.of(syringe), other),
                about(ImageInput.of(syringe), other));
        try (Scheduler scheduler = Scheduler.start(
                model, projector, SchedulerOptions.builder().slots(2).build())) {
            List<String> answers = prompts.stream()
                    .map(prompt -> {
                        try (ScheduledGeneration one = scheduler.submit(GenerationRequest.of(prompt, fresh))) {
                            return one.future().join().text();
                        }
                    })
                    .toList();

            assertThat(answers.get(0))
                    .contains("syringe")
                    .isEqualTo(answers.get(1))
                    .isEqualTo(answers.get(2));
            assertThat(answers.get(4)).isEqualTo(answers.get(5));
            assertThat(scheduler.status().imagesEncoded()).isEqualTo(3); // what is read of a file is told by its pixels
            assertThat(scheduler.status().imagesCached()).isEqualTo(6);
        }
    }

    @Test
    void whatAPromptHoldsStaysWhenTheCacheForgetsIt() {
        ImageInput image = ImageInput.of(TestModels.sample("05-syringe.png"));
        try (Tensor encoded = projector.encode(image);
                TokenizedPromptImpl prompt = TokenizedPromptImpl.createHolding(about(image), model, projector)) {
            TokenizedPrompt.MediaChunk chunk =
                    (TokenizedPrompt.MediaChunk) prompt.chunks().get(1);
            projector.cache().clear();

            MediaEmbeddings held = prompt.held(chunk.contentId()).orElseThrow();
            assertThat(held.tensor().toFloatArray()).isEqualTo(encoded.toFloatArray());
            assertThat(held.cached()).isTrue();
        }
    }

    @Test
    void promptsAreTheSameWhetherTheyHoldTheirPicturesOrNot() {
        ImageInput image = ImageInput.of(TestModels.sample("05-syringe.png"));
        projector.encode(image).close();
        try (TokenizedPrompt prepared = TokenizedPrompt.of(about(image), model, projector);
                TokenizedPrompt held = TokenizedPromptImpl.createHolding(about(image), model, projector)) {
            assertThat(held.chunks()).isEqualTo(prepared.chunks());
        }
    }

    @Test
    void aPictureOverTheLimitsIsRefusedWhoeverHasSeenItBefore() {
        ImageInput image = ImageInput.of(syringe);
        for (int i = 0; i < 2; i++) {
            TokenizedPromptImpl.createHolding(about(image), model, projector).close();
        }
        ImageInput few = image.withLimits(ImageLimits.defaults().withMaxPixels(100));
        ImageInput small = image.withLimits(ImageLimits.defaults().withMaxBytes(100));

        assertThatThrownBy(() -> TokenizedPromptImpl.createHolding(about(few), model, projector))
                .isInstanceOf(Vlm4jException.InvalidMedia.class)
                .hasMessageContaining("pixels");
        assertThatThrownBy(() -> TokenizedPromptImpl.createHolding(about(small), model, projector))
                .isInstanceOf(Vlm4jException.InvalidMedia.class)
                .hasMessageContaining("bytes");
    }
}
