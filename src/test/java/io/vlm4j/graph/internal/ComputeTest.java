package io.vlm4j.graph.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.runtime.NativeRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Graphs that cannot be: exceptions, not the end of the process.
@Tag("native")
class ComputeTest {
    private static final int NODES = 16;
    private static final int F32 = GgmlType.F32.id();

    @BeforeAll
    static void load() {
        NativeRuntime.load();
    }

    @Test
    void shapesThatDoNotFitAreRefusedWhereTheNodeIsMade() {
        try (NativeHandle descriptions = GraphMemory.descriptions(2 * NODES, NODES)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            GraphTensor a = ops.input("a", F32, 3, 4);
            GraphTensor b = ops.input("b", F32, 5, 2);

            assertThatExceptionOfType(Vlm4jException.NativeAbort.class)
                    .isThrownBy(() -> ops.matrixProduct(a, b))
                    .withMessageContaining("matrix product")
                    .withMessageContaining("ggml_can_mul_mat");
            assertThatExceptionOfType(Vlm4jException.NativeAbort.class).isThrownBy(() -> ops.reshape(a, 5, 5, 1));
            assertThat(ops.matrixProduct(a, ops.input("c", F32, 3, 2)).dimension(0))
                    .isEqualTo(4);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aRowThatDoesNotExistEndsTheComputationAlone(int threads) {
        try (Arena arena = Arena.ofConfined();
                Compute compute = new Compute(ComputeBackends.cpu(), threads, NODES);
                NativeHandle descriptions = GraphMemory.descriptions(2 * NODES, NODES)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(NODES);
            GraphTensor table = ops.input("table", F32, 2, 3);
            GraphTensor number = ops.input("number", GgmlType.I32.id(), 1);
            GraphTensor row = GraphOps.output(ops.rows(table, number));
            GraphOps.add(graph, row);
            compute.plan(graph);
            table.write(arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4, 5, 6), 24);
            number.write(arena.allocateFrom(ValueLayout.JAVA_INT, 2), 4);
            compute.run(graph);
            assertThat(row.floats()).containsExactly(5, 6);

            number.write(arena.allocateFrom(ValueLayout.JAVA_INT, 3), 4);
            assertThatExceptionOfType(Vlm4jException.NativeAbort.class).isThrownBy(() -> compute.run(graph));
            assertThatIllegalStateException()
                    .isThrownBy(() -> compute.run(graph))
                    .withMessageContaining("damaged");
        }
    }
}
