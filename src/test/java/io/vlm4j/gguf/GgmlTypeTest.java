package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GgmlTypeTest {
    /// What `ggml_type_name`, `ggml_blck_size` and `ggml_type_size` of libggml-base (llama.cpp v0.5.0) return
    /// for every number below `GGML_TYPE_COUNT` that has a size.
    private static final String GGML = """
            0 f32 1 4, 1 f16 1 2, 2 q4_0 32 18, 3 q4_1 32 20, 6 q5_0 32 22, 7 q5_1 32 24, 8 q8_0 32 34, 9 q8_1 32 36, \
            10 q2_K 256 84, 11 q3_K 256 110, 12 q4_K 256 144, 13 q5_K 256 176, 14 q6_K 256 210, 15 q8_K 256 292, \
            16 iq2_xxs 256 66, 17 iq2_xs 256 74, 18 iq3_xxs 256 98, 19 iq1_s 256 50, 20 iq4_nl 32 18, 21 iq3_s 256 110, \
            22 iq2_s 256 82, 23 iq4_xs 256 136, 24 i8 1 1, 25 i16 1 2, 26 i32 1 4, 27 i64 1 8, 28 f64 1 8, \
            29 iq1_m 256 56, 30 bf16 1 2, 34 tq1_0 256 54, 35 tq2_0 256 66, 39 mxfp4 32 17, 40 nvfp4 64 36, \
            41 q1_0 128 18, 42 q2_0 64 18""";

    @Test
    void numbersNamesAndSizesAreThoseOfGgml() {
        assertThat(Arrays.stream(GgmlType.values())
                        .map(type ->
                                type.id() + " " + type.label() + " " + type.blockSize() + " " + type.blockByteSize())
                        .collect(Collectors.joining(", ")))
                .isEqualTo(GGML);
    }

    @Test
    void findsTypesByNumberAndNoneForWithdrawnOnes() {
        for (GgmlType type : GgmlType.values()) {
            assertThat(GgmlType.ofId(type.id())).contains(type);
        }
        assertThat(IntStream.of(-1, 4, 5, 31, 33, 36, 38, 43, Integer.MAX_VALUE).mapToObj(GgmlType::ofId))
                .allMatch(Optional::isEmpty);
    }

    @Test
    void quantizedTypesHaveNoElementTypeOfTheirOwn() {
        for (GgmlType type : GgmlType.values()) {
            assertThat(type.dtype().isEmpty()).as(type.name()).isEqualTo(type.isQuantized());
            type.dtype().ifPresent(dtype -> {
                assertThat(dtype.name()).isEqualTo(type.name());
                assertThat(dtype.byteSize()).isEqualTo(type.blockByteSize());
            });
        }
        assertThat(GgmlType.BF16.dtype()).contains(DType.BF16);
    }

    @Test
    void sizesOfRowsAndTensorsCountWholeBlocks() {
        assertThat(GgmlType.Q4_K.rowByteSize(512)).isEqualTo(288);
        assertThat(GgmlType.Q8_0.byteSize(Shape.of(3, 2, 64))).isEqualTo(3 * 2 * 2 * 34);
        assertThat(GgmlType.F32.byteSize(Shape.of())).isEqualTo(4);
        assertThat(GgmlType.Q4_0.byteSize(Shape.of(5, 0))).isZero();
        assertThat(GgmlType.Q4_0.byteSize(Shape.of(0, 32))).isZero();
    }

    @Test
    void refusesPartialBlocksAndOverflow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgmlType.Q4_K.rowByteSize(128))
                .withMessageContaining("128")
                .withMessageContaining("256");
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlType.Q4_0.rowByteSize(-32));
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlType.F64.rowByteSize(Long.MAX_VALUE));
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlType.F64.byteSize(Shape.of(1L << 31, 1L << 31)));
        assertThatIllegalArgumentException().isThrownBy(() -> GgmlType.Q4_0.byteSize(Shape.of()));
    }
}
