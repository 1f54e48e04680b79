package io.vlm4j.processing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ForwardInputTest {
    private static final int VOCABULARY = 10;
    private static final int IMAGE = 3;
    private static final Shape TWO_BY_THREE = Shape.of(2, 3);

    private static ForwardInput.Builder text() {
        return ForwardInput.builder(VOCABULARY).inputIds(ints(1, 5, 6, 1, 7, 0)).attentionMask(ints(1, 1, 1, 1, 1, 0));
    }

    private static Tensor ints(int... values) {
        return Tensor.ofInts(TWO_BY_THREE, values);
    }

    private static ForwardImages features(int rows) {
        return new ForwardImages.Features(IMAGE, Tensor.ofFloats(Shape.of(rows, 2), new float[rows * 2]));
    }

    @Test
    void aMaskOfOnesAndCountedPositionsAreTheDefaults() {
        ForwardInput input = ForwardInput.builder(VOCABULARY).inputIds(1, 5, 6).build();

        assertThat(input.batchSize()).isEqualTo(1);
        assertThat(input.length()).isEqualTo(3);
        assertThat(input.attentionMask().toIntArray()).containsExactly(1, 1, 1);
        assertThat(input.positionIds().toIntArray()).containsExactly(0, 1, 2);
        assertThat(input.labels()).isEmpty();
        assertThat(input.images()).isEmpty();
    }

    @Test
    void positionsSkipPaddingOnEitherSide() {
        ForwardInput input = ForwardInput.builder(VOCABULARY)
                .inputIds(ints(0, 0, 1, 1, 2, 0))
                .attentionMask(ints(0, 0, 1, 1, 1, 0))
                .build();

        assertThat(input.positionIds().toIntArray()).containsExactly(0, 0, 0, 0, 1, 1);
    }

    @Test
    void anInputNeedsIds() {
        assertThatIllegalStateException()
                .isThrownBy(() -> ForwardInput.builder(VOCABULARY).build())
                .withMessageContaining("inputIds");
    }

    @Test
    void idsAreAMatrixOfIntegersWithSomethingInIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ForwardInput.builder(VOCABULARY).inputIds().build())
                .withMessage("inputIds must be I32 [batch, length], not I32 [1, 0]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ForwardInput.builder(VOCABULARY)
                        .inputIds(Tensor.ofFloats(Shape.of(1, 1), 1))
                        .build())
                .withMessageContaining("not F32 [1, 1]");
    }

    @Test
    void aTokenOutsideOfTheVocabularyIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().inputIds(ints(1, 5, 6, 1, 10, 0)).build())
                .withMessageContaining("inputIds[1, 1] is 10")
                .withMessageContaining("vocabulary of 10");
    }

    @Test
    void theMaskHasTheShapeOfTheIdsAndHoldsZerosAndOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().attentionMask(Tensor.ofInts(Shape.of(1, 3), 1, 1, 1))
                        .build())
                .withMessageContaining("attentionMask must be I32 [2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().attentionMask(ints(1, 1, 2, 1, 1, 0)).build())
                .withMessageContaining("attentionMask[0, 2] is 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().attentionMask(ints(1, 1, 1, 0, 0, 0)).build())
                .withMessageContaining("nothing of example 1");
    }

    @Test
    void labelsOfWrongLengthAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().labels(1, 2).build())
                .withMessageContaining("labels must be I32 [2, 3] as inputIds, not I32 [1, 2]");
    }

    @Test
    void aLabelOutsideOfTheVocabularyIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> text().labels(ints(-100, 5, 10, -100, 7, -100)).build())
                .withMessageContaining("labels[0, 2] is 10");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> text().labels(ints(-100, -1, 6, -100, 7, -100)).build())
                .withMessageContaining("labels[0, 1] is -1");
    }

    @Test
    void aLabelOnPaddingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().labels(ints(-100, 5, 6, -100, 7, 0)).build())
                .withMessageContaining("labels[1, 2] is 0 where attentionMask is 0");
    }

    @Test
    void positionsMayHaveAxesButNoOtherShape() {
        Tensor axes = Tensor.ofInts(Shape.of(3, 2, 3), new int[18]);
        assertThat(text().positionIds(axes).build().positionIds()).isSameAs(axes);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().positionIds(Tensor.ofInts(Shape.of(3, 2), new int[6]))
                        .build())
                .withMessageContaining("positionIds must be I32 [2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> text().positionIds(ints(0, 1, 2, -1, 0, 0)).build())
                .withMessageContaining("positionIds[1, 0] is negative: -1");
    }

    @Test
    void imagePositionsMustBeAsManyAsRows() {
        ForwardInput.Builder builder = ForwardInput.builder(VOCABULARY).inputIds(1, IMAGE, IMAGE, 5);

        assertThat(builder.images(features(2)).build().images()).isPresent();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.images(features(3)).build())
                .withMessage("inputIds have 2 image positions (token 3) for 3 rows of images");
    }

    @Test
    void theImageTokenMayLieOutsideOfTheVocabularyWhenThereAreImages() {
        ForwardImages images = new ForwardImages.Features(-200, Tensor.ofFloats(Shape.of(1, 2), 0, 0));
        ForwardInput.Builder builder = ForwardInput.builder(VOCABULARY).inputIds(1, -200);

        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining("no image is given");
        assertThat(builder.images(images).build().pixelValues()).isEmpty();
    }

    @Test
    void pixelValuesOfWrongShapeAreRefused() {
        Tensor pixels = Tensor.ofBytes(Shape.of(1, 2, 2, 3), new byte[12]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardImages.Pictures(
                        IMAGE, 1, Tensor.ofFloats(Shape.of(1, 4, 2, 2), new float[16]), pixels))
                .withMessageContaining("pixelValues must be F32 [images, 3, height, width], not F32 [1, 4, 2, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardImages.Pictures(
                        IMAGE, 1, Tensor.ofFloats(Shape.of(1, 3, 2, 4), new float[24]), pixels))
                .withMessageContaining("must be U8 [1, 2, 4, 3], not U8 [1, 2, 2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardImages.Pictures(
                        IMAGE, 0, Tensor.ofFloats(Shape.of(1, 3, 2, 2), new float[12]), pixels))
                .withMessageContaining("1 position at least, not 0");
    }

    @Test
    void featuresAreRowsOfFloats() {
        assertThat(new ForwardImages.Features(IMAGE, Tensor.ofFloats(Shape.of(2, 4, 8), new float[64])).rows())
                .isEqualTo(8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ForwardImages.Features(IMAGE, Tensor.ofFloats(Shape.of(4), new float[4])))
                .withMessageContaining("not F32 [4]");
    }
}
