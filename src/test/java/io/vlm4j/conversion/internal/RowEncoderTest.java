package io.vlm4j.conversion.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.runtime.NativeRuntime;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is written in each type, against ggml's own `ggml_quantize_chunk`, byte for byte.
@Tag("native")
class RowEncoderTest {
    private static final int LENGTH = 512;
    private static final int ROWS = 400;

    /// No binding: only this test calls it.
    @SuppressWarnings("restricted")
    private static MethodHandle quantizeChunk(Arena arena) throws IOException {
        Path folder = NativeRuntime.load().libraryFolder();
        try (Stream<Path> files = Files.list(folder)) {
            Path library = files.filter(
                            file -> file.getFileName().toString().matches("(lib)?ggml-base\\.(so|dylib|dll).*"))
                    .findFirst()
                    .orElseThrow();
            return Linker.nativeLinker()
                    .downcallHandle(
                            SymbolLookup.libraryLookup(library, arena)
                                    .find("ggml_quantize_chunk")
                                    .orElseThrow(),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.ADDRESS));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void whatIsWrittenEqualsGgml(GgmlType type) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            float[] numbers = numbers();
            MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_FLOAT, numbers);
            long bytes = type.rowByteSize(LENGTH);
            MemorySegment expected = arena.allocate(ROWS * bytes);
            long written = (long) quantizeChunk(arena)
                    .invokeExact(type.id(), source, expected, 0L, (long) ROWS, (long) LENGTH, MemorySegment.NULL);
            MemorySegment actual = arena.allocate(ROWS * bytes);
            actual.fill((byte) 0x55);
            RowEncoder encoder = RowEncoder.of(type);
            float[] row = new float[LENGTH];
            for (int i = 0; i < ROWS; i++) {
                System.arraycopy(numbers, i * LENGTH, row, 0, LENGTH);
                encoder.encode(row, actual, i * bytes);
            }

            assertThat(written).isEqualTo(ROWS * bytes);
            assertThat(actual.mismatch(expected)).as("first other byte").isEqualTo(-1);
        }
    }

    /// Of all sizes and shapes: bell curves, all of one sign, mostly zero, all the same, steps that are ties.
    private static float[] numbers() {
        Random random = new Random(11);
        float[] numbers = new float[ROWS * LENGTH];
        for (int row = 0; row < ROWS; row++) {
            double scale = Math.pow(10, random.nextInt(9) - 6);
            for (int i = 0; i < LENGTH; i++) {
                double number = switch (row % 7) {
                    case 0, 1 -> random.nextGaussian();
                    case 2 -> Math.abs(random.nextGaussian());
                    case 3 -> -Math.abs(random.nextGaussian()) - 1;
                    case 4 -> random.nextInt(40) == 0 ? random.nextGaussian() : 0;
                    case 5 -> i / 64 % 3 - 1;
                    default -> (random.nextInt(31) - 15) / 2.0;
                };
                numbers[row * LENGTH + i] = (float) (number * (row % 7 > 4 ? 1 : scale));
            }
        }
        return numbers;
    }
}
