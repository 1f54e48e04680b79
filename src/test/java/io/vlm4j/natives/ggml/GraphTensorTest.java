package io.vlm4j.natives.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a watcher learns of the nodes of a graph.
@Tag("native")
@Tag("model")
class GraphTensorTest {
    @Test
    void softMaxIsWhatItsNameSays() {
        List<String> softMax = new ArrayList<>();
        List<String> named = new ArrayList<>();
        watch(new EvalObserver() {
            @Override
            public boolean before(GraphTensor node) {
                if (node.isSoftMax()) {
                    softMax.add(node.name());
                }
                if (node.name().startsWith("kq_soft_max-")) {
                    named.add(node.name());
                }
                return false;
            }

            @Override
            public void after(GraphTensor node) {}
        });

        assertThat(named).containsExactly("kq_soft_max-0", "kq_soft_max-1", "kq_soft_max-2");
        assertThat(softMax).isEqualTo(named);
    }

    @Test
    void partsAreReadWhereTheyLieAndNothingBehind() {
        watch(new EvalObserver() {
            @Override
            public boolean before(GraphTensor node) {
                return node.name().equals("l_out-0");
            }

            @Override
            public void after(GraphTensor node) {
                float[] all = node.floats();
                assertThat(node.byteSize()).isEqualTo(4L * all.length);
                float[] tail = new float[3];
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment target = arena.allocate(12, 4);
                    node.read(node.byteSize() - 12, target);
                    MemorySegment.copy(target, ValueLayout.JAVA_FLOAT, 0, tail, 0, 3);
                    assertThat(tail).containsExactly(all[all.length - 3], all[all.length - 2], all[all.length - 1]);
                    assertThatThrownBy(() -> node.read(node.byteSize() - 8, target))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("l_out-0");
                }
            }
        });
    }

    private static void watch(EvalObserver observer) {
        try (Model model = Model.open(TestModels.tinyLlava());
                Arena arena = Arena.ofShared()) {
            Callbacks callbacks = new Callbacks();
            LlamaContexts.Parameters parameters = new LlamaContexts.Parameters(
                    256,
                    256,
                    256,
                    1,
                    false,
                    1,
                    1,
                    LlamaContexts.FlashAttention.OFF,
                    LlamaContexts.CacheType.F32,
                    LlamaContexts.Pooling.NONE);
            try (NativeHandle context = LlamaContexts.create(
                    "watched",
                    ((ModelImpl) model).handle().segment(),
                    parameters,
                    arena.allocate(1),
                    EvalObserver.stub(observer, callbacks, arena))) {
                LlamaBatch batch = new LlamaBatch(2, arena);
                batch.add(261, 0, 0, true);
                batch.add(262, 1, 0, true);
                assertThat(LlamaContexts.decode(context.segment(), batch.segment()))
                        .isZero();
                callbacks.rethrow();
            }
        }
    }
}
