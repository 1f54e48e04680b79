package io.vlm4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

class GgufValueTest {
    @Test
    void scalarsConvertWithinTheirKind() {
        assertThat(GgufValue.u32(7).asLong()).isEqualTo(7);
        assertThat(GgufValue.u32(7).asDouble()).isEqualTo(7.0);
        assertThat(GgufValue.i32(-7).asLong()).isEqualTo(-7);
        assertThat(GgufValue.of(0.5f).asDouble()).isEqualTo(0.5);
        assertThat(GgufValue.of(true).asBool()).isTrue();
        assertThat(GgufValue.of("apple").asString()).isEqualTo("apple");
        assertThat(new GgufValue.Float64(0.1).asDouble()).isEqualTo(0.1);
    }

    @Test
    void refusesToBeReadAsAnotherKindNamingTheType() {
        GgufValue number = GgufValue.u32(7);
        assertThatIllegalStateException().isThrownBy(number::asString).withMessageContaining("U32");
        assertThatIllegalStateException().isThrownBy(number::asBool).withMessageContaining("U32");
        assertThatIllegalStateException().isThrownBy(number::asList).withMessageContaining("U32");
        assertThatIllegalStateException().isThrownBy(GgufValue.of("x")::asLong).withMessageContaining("STRING");
        assertThatIllegalStateException().isThrownBy(GgufValue.of("x")::asDouble);
        assertThatIllegalStateException().isThrownBy(GgufValue.of(0.5f)::asLong);
        GgufValue floats = GgufValue.floats(1, 2);
        assertThatIllegalStateException().isThrownBy(floats::asLongs).withMessageContaining("ARRAY");
        assertThatIllegalStateException().isThrownBy(floats::asStrings);
        assertThatIllegalStateException().isThrownBy(GgufValue.strings(List.of("x"))::asFloats);
    }

    @Test
    void unsignedIntegersOf64BitsKeepTheirValue() {
        GgufValue most = new GgufValue.Int(GgufType.U64, -1);
        assertThat(most).hasToString("18446744073709551615");
        assertThat(most.asDouble()).isEqualTo(0x1p64);
        assertThat(new GgufValue.Int(GgufType.U64, Long.MIN_VALUE).asDouble()).isEqualTo(0x1p63);
        assertThatIllegalStateException().isThrownBy(most::asLong).withMessageContaining("18446744073709551615");
    }

    @Test
    void integersMustFitIntoTheirType() {
        assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.u32(-1)).withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.u32(1L << 32));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.U8, 256));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.I8, 128));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.U16, 65536));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.I16, -32769));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.I32, 1L << 31));
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufValue.Int(GgufType.F32, 1));
    }

    @Test
    void arraysGiveBackTheirElements() {
        assertThat(GgufValue.strings(List.of("a", "", "\u4e2d")).asStrings()).containsExactly("a", "", "\u4e2d");
        assertThat(GgufValue.floats(0.5f, -1).asFloats()).containsExactly(0.5f, -1);
        assertThat(GgufValue.integers(GgufType.I8, -128, 127).asLongs()).containsExactly(-128, 127);
        GgufValue nested = GgufValue.array(
                GgufType.ARRAY, List.of(GgufValue.integers(GgufType.U16, 1, 65535), GgufValue.strings(List.of("x"))));
        assertThat(nested.asList().getFirst().asLongs()).containsExactly(1, 65535);
        assertThat(nested.asList().getLast().asStrings()).containsExactly("x");
        assertThat(GgufValue.array(GgufType.BOOL, List.of(GgufValue.of(true))).asList())
                .containsExactly(GgufValue.of(true));
    }

    @Test
    void arraysHoldOneTypeOnly() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufValue.array(GgufType.U32, List.of(GgufValue.i32(1))))
                .withMessageContaining("I32")
                .withMessageContaining("U32");
        assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.integers(GgufType.U8, 1, 256));
        assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.integers(GgufType.F32));
    }

    @Test
    void equalityIsThatOfTypeAndContent() {
        assertThat(GgufValue.of("a")).isEqualTo(GgufValue.of("a")).hasSameHashCodeAs(GgufValue.of("a"));
        assertThat(GgufValue.of("a")).isNotEqualTo(GgufValue.of("b"));
        assertThat(GgufValue.u32(1)).isNotEqualTo(GgufValue.i32(1));
        assertThat(GgufValue.floats(1)).isEqualTo(GgufValue.floats(1)).hasSameHashCodeAs(GgufValue.floats(1));
        assertThat(GgufValue.floats(1)).isNotEqualTo(GgufValue.floats(2)).isNotEqualTo(GgufValue.floats(1, 1));
    }

    @Test
    void printsLikeTheValue() {
        assertThat(GgufValue.of("a b")).hasToString("a b");
        assertThat(GgufValue.i32(-3)).hasToString("-3");
        assertThat(GgufValue.integers(GgufType.U8, 1, 2, 3, 4, 5, 6, 7)).hasToString("U8[7]: 1, 2, 3, 4, 5, 6, ...");
        assertThat(GgufValue.floats()).hasToString("F32[0]: ");
    }

    @Test
    void refusesHalfOfASurrogatePair() {
        assertThatIllegalArgumentException().isThrownBy(() -> GgufValue.of("\ud83c"));
    }
}
