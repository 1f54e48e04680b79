package io.vlm4j.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.TestModels;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("native")
@Tag("model")
class ProcessorTest {
    private static Model model; // its image token is 3
    private static Projector projector;
    private static Model pico;
    private static Projector picoProjector;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        pico = Model.open(TestModels.bundled());
        picoProjector = pico.openProjector(TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        model.close();
        pico.close();
    }

    private static ImageInput picture() {
        return ImageInput.ofRgb(30, 20, ByteBuffer.allocate(30 * 20 * 3));
    }

    private static Prompt text(String markup) {
        return Prompt.builder().markup(markup).build();
    }

    @Test
    void theImageTokenMayBeOneThatNoVocabularyHas() {
        Processor processor = Processor.of(
                picoProjector, ProcessorOptions.defaults().withImageToken(ProcessorOptions.ORIGINAL_LLAVA));

        ForwardInput input = processor.process("<image>what?", picture());

        assertThat(Processor.of(picoProjector).imageToken()).isEqualTo(2046);
        assertThat(processor.imageToken()).isEqualTo(-200);
        assertThat(processor.paddingToken()).isEqualTo(2047);
        assertThat(input.images().orElseThrow().rows()).isEqualTo(64);
        assertThat(input.inputIds().toIntArray()).startsWith(1, -200, -200).contains(-200);
        assertThat(Labels.everything(input).toIntArray()).doesNotContain(-200);
        assertThat(processor.decode(input, true)).containsExactly("what?");
        assertThat(processor.decode(input, false).getFirst())
                .startsWith("<s><image><image>")
                .endsWith("<image>what?");
    }

    @Test
    void aBatchWithPicturesInSomeExamplesKeepsThemInOrder() {
        Processor processor = Processor.of(projector);
        ImageInput white = ImageInput.ofRgb(1, 1, ByteBuffer.wrap(new byte[] {-1, -1, -1}));
        ForwardInput input = processor.process(
                new Example(Prompt.parse("<image>a<image>", picture(), white)),
                new Example(text("b")),
                Example.of(Prompt.parse("<image>", white), "c"));

        ForwardImages.Pictures pictures =
                (ForwardImages.Pictures) input.images().orElseThrow();
        assertThat(pictures.images()).isEqualTo(3);
        assertThat(pictures.rowsPerImage()).isEqualTo(16);
        assertThat(pictures.pixels().slice(0).slice(0).slice(0).toIntArray()).containsExactly(0, 0, 0);
        assertThat(pictures.pixels().slice(1).slice(0).slice(0).toIntArray()).containsExactly(255, 255, 255);
        assertThat(input.labels().orElseThrow().slice(0).toIntArray()).containsOnly(-100);
        assertThat(input.labels().orElseThrow().slice(1).toIntArray()).containsOnly(-100);
        assertThat(input.labels().orElseThrow().slice(2).toIntArray()).doesNotContain(3);
        assertThat(processor.decode(input, true)).hasSize(3).element(1).isEqualTo("b");
    }

    @Test
    void usersTextsNeverBecomeImagePositions() {
        ForwardInput input = Processor.of(model)
                .process(Prompt.builder().text("what is <image>?").build());

        assertThat(input.inputIds().toIntArray()).doesNotContain(3);
    }

    @Test
    void anImageTokenWithoutAPictureIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(projector).process(text("what is <image>?")))
                .withMessageContaining("image token (3) without a picture");
    }

    @Test
    void picturesNeedAProjector() {
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() -> Processor.of(model).process("<image>", picture()))
                .withMessageContaining("1 pictures, but no projector")
                .withMessageContaining("llava-f32.gguf");
        assertThatIllegalStateException().isThrownBy(() -> Processor.of(model).images());
    }

    @Test
    void soundsAreRefused() {
        AudioInput sound = AudioInput.of(new byte[] {1});
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(projector)
                        .process(Prompt.builder().audio(sound).build()))
                .withMessageContaining("sounds cannot be processed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Example(text("a"), List.of(new Prompt.Image(picture()))))
                .withMessageContaining("an answer is text");
    }

    @Test
    void anEmptyBatchIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(model).process(List.of()))
                .withMessageContaining("one example at least");
    }

    @Test
    void tokensOfTheOptionsMustBeInTheVocabulary() {
        ProcessorOptions options = ProcessorOptions.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(model, options.withPaddingToken(330)))
                .withMessageContaining("paddingToken 330 is not in a vocabulary of 330");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(model, options.withImageToken(-1)))
                .withMessageContaining("imageToken -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Processor.of(model, options.withImageToken(0)))
                .withMessageContaining("token 0 cannot stand for padding and for images");
    }

    @Test
    void whatTheFilesSayCanBeOverridden() {
        ProcessorOptions options = ProcessorOptions.defaults()
                .withImages(ImageProcessor.clip(56).withFit(Fit.PAD))
                .withImageToken(7)
                .withPaddingToken(9)
                .withTokenTypes(true);

        ForwardInput input = Processor.of(projector, options)
                .process(new Example(Prompt.parse("<image>", picture())), new Example(text("a")));

        assertThat(input.inputIds().slice(0).toIntArray()).startsWith(1, 7, 7);
        assertThat(input.inputIds().slice(1).toIntArray()).startsWith(1).endsWith(9, 9);
        assertThat(input.tokenTypeIds().orElseThrow().slice(0).toIntArray()).startsWith(0, 1, 1);
        assertThat(((ForwardImages.Pictures) input.images().orElseThrow())
                        .pixels()
                        .slice(0)
                        .slice(0)
                        .slice(0)
                        .toIntArray())
                .containsExactly(122, 116, 104);
    }

    @Test
    void aDamagedPictureIsNamed() {
        assertThatExceptionOfType(InvalidMedia.class)
                .isThrownBy(() -> Processor.of(projector).process("<image>", ImageInput.of(new byte[] {1, 2, 3})));
    }
}
