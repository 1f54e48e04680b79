package io.vlm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void byteSizesAreThoseOfTheFormats() {
        assertThat(Arrays.stream(DType.values()).mapToInt(DType::byteSize))
                .containsExactly(4, 2, 2, 8, 1, 1, 2, 4, 8, 1);
    }

    @Test
    void onlyTheFourFloatingPointTypesAreFloats() {
        assertThat(Arrays.stream(DType.values()).filter(DType::isFloat))
                .containsExactly(DType.F32, DType.F16, DType.BF16, DType.F64);
    }
}
