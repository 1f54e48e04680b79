package io.vlm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TensorTest {
    @Test
    void readsFloatsInRowMajorOrder() {
        Tensor tensor = Tensor.ofFloats(Shape.of(2, 3), 0, 1, 2, 10, 11, 12);
        assertThat(tensor.getFloat(1, 2)).isEqualTo(12);
        assertThat(tensor.getFloat(0, 1)).isEqualTo(1);
        assertThat(tensor.toFloatArray()).containsExactly(0, 1, 2, 10, 11, 12);
        assertThat(tensor.byteSize()).isEqualTo(24);
    }

    @Test
    void convertsEveryFloatingPointType() {
        ByteBuffer half =
                bytes(6).putShort((short) 0x3C00).putShort((short) 0xFBFF).putShort((short) 0x0001);
        assertThat(of(DType.F16, half).toFloatArray()).containsExactly(1f, -65504f, 0x1p-24f);
        ByteBuffer brain = bytes(4).putShort((short) 0x3F80).putShort((short) 0xFF80);
        assertThat(of(DType.BF16, brain).toFloatArray()).containsExactly(1f, Float.NEGATIVE_INFINITY);
        assertThat(of(DType.F64, bytes(16).putDouble(0.1).putDouble(1e300)).toFloatArray())
                .containsExactly(0.1f, Float.POSITIVE_INFINITY);
        assertThat(of(DType.F32, bytes(4).putFloat(-0.5f)).toFloatArray()).containsExactly(-0.5f);
        assertThat(of(DType.F16, half).getFloat(1)).isEqualTo(-65504f);
    }

    @Test
    void convertsEveryIntegerType() {
        assertThat(of(DType.I8, bytes(2).put((byte) -1).put((byte) 7)).toIntArray())
                .containsExactly(-1, 7);
        assertThat(of(DType.U8, bytes(2).put((byte) -1).put((byte) 7)).toIntArray())
                .containsExactly(255, 7);
        assertThat(of(DType.BOOL, bytes(3).put((byte) 0).put((byte) 1).put((byte) 2))
                        .toIntArray())
                .containsExactly(0, 1, 1);
        assertThat(of(DType.I16, bytes(2).putShort((short) -2)).toIntArray()).containsExactly(-2);
        assertThat(of(DType.I32, bytes(8).putInt(-3).putInt(1 << 30)).toIntArray())
                .containsExactly(-3, 1 << 30);
        assertThat(of(DType.I32, bytes(4).putInt(-3)).toLongArray()).containsExactly(-3);
        assertThat(of(DType.I64, bytes(8).putLong(1L << 62)).toLongArray()).containsExactly(1L << 62);
    }

    @Test
    void readsAtAnyAlignment() {
        MemorySegment odd = MemorySegment.ofBuffer(
                        bytes(9).put((byte) 9).putLong(5).clear())
                .asSlice(1);
        assertThat(Tensor.of(DType.I64, Shape.of(1), odd).toLongArray()).containsExactly(5);
        assertThat(Tensor.of(DType.F32, Shape.of(2), odd).getFloat(1)).isZero();
    }

    @Test
    void sliceIsTheInnerPartAtAnIndex() {
        Tensor tensor = Tensor.ofFloats(Shape.of(2, 1, 2), 1, 2, 3, 4);
        Tensor slice = tensor.slice(1);
        assertThat(slice.shape()).isEqualTo(Shape.of(1, 2));
        assertThat(slice.toFloatArray()).containsExactly(3, 4);
        assertThat(slice.slice(0).slice(1).getFloat()).isEqualTo(4);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> tensor.slice(2));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> Tensor.ofFloats(Shape.of(0, 2)).slice(0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> slice.slice(0).slice(1).slice(0));
    }

    @Test
    void refusesWrongIndexesNamingThem() {
        Tensor tensor = Tensor.ofFloats(Shape.of(2, 3), new float[6]);
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> tensor.getFloat(1, 3))
                .withMessageContaining("[1, 3]")
                .withMessageContaining("[2, 3]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tensor.getFloat(1))
                .withMessageContaining("[1]");
    }

    @Test
    void refusesMemoryOfAnotherSize() {
        MemorySegment memory = MemorySegment.ofArray(new byte[23]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(DType.F32, Shape.of(2, 3), memory))
                .withMessageContaining("24")
                .withMessageContaining("23");
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.of(DType.F32, Shape.of(Long.MAX_VALUE), memory));
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.ofFloats(Shape.of(3), 1, 2));
    }

    @Test
    void refusesToReadOneKindOfNumberAsAnother() {
        Tensor floats = Tensor.ofFloats(Shape.of(1), 1);
        Tensor longs = of(DType.I64, bytes(8).putLong(1));
        assertThatIllegalStateException().isThrownBy(floats::toIntArray).withMessageContaining("F32");
        assertThatIllegalStateException().isThrownBy(floats::toLongArray).withMessageContaining("F32");
        assertThatIllegalStateException().isThrownBy(longs::toFloatArray).withMessageContaining("I64");
        assertThatIllegalStateException().isThrownBy(() -> longs.getFloat(0)).withMessageContaining("I64");
        assertThatIllegalStateException().isThrownBy(longs::toIntArray).withMessageContaining("I64");
    }

    @Test
    void memoryIsReadOnly() {
        assertThat(Tensor.ofFloats(Shape.of(1), 1).segment().isReadOnly()).isTrue();
    }

    @Test
    @SuppressWarnings("MustBeClosed") // the tensor closes it
    void closeFreesOwnedMemoryOnceAndReadingAfterwardsIsRefused() {
        Arena arena = Arena.ofShared();
        Tensor tensor = Tensor.owned(DType.F32, Shape.of(2), arena.allocate(8), arena);
        Tensor slice = tensor.slice(0);
        slice.close();
        assertThat(tensor.toFloatArray()).containsExactly(0, 0);
        tensor.close();
        tensor.close();
        assertThat(arena.scope().isAlive()).isFalse();
        assertThatIllegalStateException().isThrownBy(tensor::toFloatArray);
        assertThatIllegalStateException().isThrownBy(slice::getFloat);
        assertThat(tensor).hasToString("Tensor[F32 [2]: closed]");
    }

    @Test
    void closeOfABorrowedTensorLeavesTheMemory() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.of(DType.F32, Shape.of(2), arena.allocate(8));
            tensor.close();
            assertThat(tensor.getFloat(0)).isZero();
        }
    }

    @Test
    void refusedOwnerKeepsItsArena() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(8);
            assertThatIllegalArgumentException().isThrownBy(() -> Tensor.owned(DType.F32, Shape.of(3), memory, arena));
            assertThat(arena.scope().isAlive()).isTrue();
        }
    }

    @Test
    void confinedMemoryIsForItsThreadOnly() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = Tensor.of(DType.F32, Shape.of(2), arena.allocate(8));
            String elsewhere = CompletableFuture.supplyAsync(tensor::toString).join();
            assertThat(elsewhere).isEqualTo("Tensor[F32 [2]: memory of another thread]");
            assertThat(CompletableFuture.supplyAsync(tensor::toFloatArray).handle((floats, e) -> e))
                    .succeedsWithin(Duration.ofSeconds(10))
                    .extracting(Throwable::getCause)
                    .isInstanceOf(WrongThreadException.class);
        }
    }

    @Test
    void printsTypeShapeAndTheFirstElements() {
        assertThat(Tensor.ofFloats(Shape.of(2, 4), 0.5f, 1, 2, 3, 4, 5, 6, 7))
                .hasToString("Tensor[F32 [2, 4]: 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, ...]");
        assertThat(of(DType.U8, bytes(2).put((byte) -1).put((byte) 0))).hasToString("Tensor[U8 [2]: 255, 0]");
    }

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Tensor of(DType dtype, ByteBuffer bytes) {
        return Tensor.of(dtype, Shape.of(bytes.capacity() / dtype.byteSize()), MemorySegment.ofBuffer(bytes.clear()));
    }
}
