package io.vlm4j.processing.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.media.ImageInput;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.Padding;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.prompt.TokenizedPrompt.MediaChunk;
import io.vlm4j.prompt.TokenizedPrompt.TextChunk;
import io.vlm4j.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Positions as transformers' documentation of Qwen2-VL lays them out.
class TokenRowTest {
    private static final int IMAGE = 9;

    /// Two tokens, a picture of 2 by 2, two tokens.
    private static TokenRow picture() {
        return TokenRow.of(
                List.of(new TextChunk(List.of(1, 2)), new MediaChunk(4, 2, "a"), new TextChunk(List.of(3, 4))), IMAGE);
    }

    @Test
    void aPictureOfAModelWithMropeIsAGrid() {
        TokenRow row = picture();

        assertThat(row.ids()).containsExactly(1, 2, 9, 9, 9, 9, 3, 4);
        assertThat(row.hasAxes()).isTrue();
        assertThat(row.axes()[0]).containsExactly(0, 1, 2, 2, 2, 2, 4, 5);
        assertThat(row.axes()[1]).containsExactly(0, 1, 2, 2, 3, 3, 4, 5);
        assertThat(row.axes()[2]).containsExactly(0, 1, 2, 3, 2, 3, 4, 5);
    }

    @Test
    void onePictureGivesAxesToTheWholeBatch() {
        TokenRow text = TokenRow.of(List.of(new TextChunk(List.of(1, 2))), IMAGE);
        Batch.Settings settings = new Batch.Settings(10, IMAGE, 0, Padding.LEFT, false);
        PixelValues values = ImageProcessor.clip(2).process(ImageInput.ofRgb(2, 2, ByteBuffer.allocate(12)));

        ForwardInput input = Batch.of(List.of(text, picture()), settings, Optional.of(values));

        assertThat(input.positionIds().shape()).isEqualTo(Shape.of(3, 2, 8));
        assertThat(input.positionIds().slice(1).slice(0).toIntArray()).containsExactly(0, 0, 0, 0, 0, 0, 0, 1);
        assertThat(input.positionIds().slice(1).slice(1).toIntArray())
                .isEqualTo(picture().axes()[1]);
        assertThat(Batch.of(List.of(text), settings, Optional.empty())
                        .positionIds()
                        .shape())
                .isEqualTo(Shape.of(1, 2));
    }

    @Test
    void picturesOfOtherModelsCountOnAsTextDoes() {
        TokenRow row = TokenRow.of(List.of(new MediaChunk(2, 2, "a"), new TextChunk(List.of(1))), IMAGE);

        assertThat(row.hasAxes()).isFalse();
        assertThat(row.axes()[2]).containsExactly(0, 1, 2);
    }

    @Test
    void aPictureThatIsNoSquareIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenRow.of(List.of(new MediaChunk(6, 3, "a")), IMAGE))
                .withMessageContaining("only squares");
    }

    @Test
    void aTextWithTheImageTokenIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TokenRow.of(List.of(new TextChunk(List.of(1, IMAGE))), IMAGE))
                .withMessageContaining("image token (9) without a picture");
    }

    @Test
    void theCommonBeginningOfTwoRows() {
        TokenRow one = TokenRow.of(List.of(new TextChunk(List.of(1, 2, 3))), IMAGE);

        assertThat(one.commonLength(TokenRow.of(List.of(new TextChunk(List.of(1, 2, 4))), IMAGE)))
                .isEqualTo(2);
        assertThat(one.commonLength(TokenRow.of(List.of(new TextChunk(List.of(1))), IMAGE)))
                .isEqualTo(1);
        assertThat(one.commonLength(one)).isEqualTo(3);
    }
}
