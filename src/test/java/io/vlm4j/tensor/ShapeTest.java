package io.vlm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void countsElementsAndPrintsLikeNumPy() {
        Shape shape = Shape.of(1, 64, 256);
        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.elementCount()).isEqualTo(16384);
        assertThat(shape).hasToString("[1, 64, 256]");
        assertThat(shape.dim(2)).isEqualTo(256);
        assertThat(shape.inner()).isEqualTo(Shape.of(64, 256));
    }

    @Test
    void scalarHasOneElementAndNoDimensions() {
        assertThat(Shape.of().elementCount()).isEqualTo(1);
        assertThat(Shape.of()).hasToString("[]");
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of().inner());
    }

    @Test
    void zeroDimensionMakesItEmptyWhateverTheOthersAre() {
        assertThat(Shape.of(0, Long.MAX_VALUE, Long.MAX_VALUE).elementCount()).isZero();
        assertThat(Shape.of(Long.MAX_VALUE, Long.MAX_VALUE, 0).elementCount()).isZero();
    }

    @Test
    void isNotChangedThroughArrays() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 9;
        shape.dims()[1] = 9;
        assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(shape).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
    }

    @Test
    void refusesNegativeDimensionsAndOverflowNamingTheShape() {
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(2, -1)).withMessageContaining("[2, -1]");
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(0, -1)).withMessageContaining("[0, -1]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(1L << 32, 1L << 31))
                .withMessageContaining("[4294967296, 2147483648]");
        assertThat(Shape.of(Long.MAX_VALUE).elementCount()).isEqualTo(Long.MAX_VALUE);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.of(2, 3).dim(2))
                .withMessageContaining("axis 2");
    }
}
