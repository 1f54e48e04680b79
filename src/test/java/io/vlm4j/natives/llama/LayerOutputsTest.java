package io.vlm4j.natives.llama;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.bindings.llama.LlamaH;
import io.vlm4j.bindings.llama.llama_context_params;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a control vector does to the outputs of layers, read from the graph while it is computed.
@Tag("native")
@Tag("model")
class LayerOutputsTest {
    private static final int WIDTH = 64;
    private static final int TOKENS = 5;

    private final Map<String, float[]> seen = new HashMap<>();

    @Test
    void theOutputOfALayerDiffersByTheVector() {
        float[] data = new float[2 * WIDTH]; // layers 1 and 2
        for (int i = 0; i < WIDTH; i++) {
            data[i] = i / 64f - 0.3f;
        }
        try (Model model = Model.open(TestModels.tinyLlava());
                Arena arena = Arena.ofShared()) {
            Callbacks callbacks = new Callbacks();
            MemorySegment weights = ((ModelImpl) model).handle().segment();
            try (NativeHandle context = observedContext(weights, callbacks, arena)) {
                evaluate(context, arena);
                Map<String, float[]> before = Map.copyOf(seen);
                LlamaContexts.clear(context.segment());
                LlamaAdapters.setControlVector(context.segment(), data, WIDTH, 1, 1);
                evaluate(context, arena);
                callbacks.rethrow();

                assertThat(before).containsOnlyKeys("l_out-0", "l_out-1", "l_out-2");
                assertThat(seen.get("l_out-0")).containsExactly(before.get("l_out-0"));
                assertThat(Differences.maxAbs(difference(before.get("l_out-1")), repeated(data)))
                        .isLessThan(1e-6);
            }
        }
    }

    private NativeHandle observedContext(MemorySegment model, Callbacks callbacks, Arena arena) {
        EvalObserver observer = new EvalObserver() {
            @Override
            public boolean before(GraphTensor node) {
                return node.name().startsWith("l_out-");
            }

            @Override
            public void after(GraphTensor node) {
                seen.put(node.name(), node.floats());
            }
        };
        MemorySegment params = LlamaH.llama_context_default_params(arena);
        llama_context_params.n_ctx(params, 256);
        llama_context_params.cb_eval(params, EvalObserver.stub(observer, callbacks, arena));
        return new NativeHandle("observed context", ShimH.vlm4j_context_create(model, params), LlamaH::llama_free);
    }

    private static void evaluate(NativeHandle context, Arena arena) {
        LlamaBatch batch = new LlamaBatch(TOKENS, arena);
        for (int i = 0; i < TOKENS; i++) {
            batch.add(261 + i, i, 0, true);
        }
        assertThat(LlamaContexts.decode(context.segment(), batch.segment())).isZero();
    }

    private float[] difference(float[] before) {
        float[] difference = seen.get("l_out-1").clone();
        for (int i = 0; i < difference.length; i++) {
            difference[i] -= before[i];
        }
        return difference;
    }

    private static float[] repeated(float[] vector) {
        float[] repeated = new float[TOKENS * WIDTH];
        for (int i = 0; i < TOKENS; i++) {
            System.arraycopy(vector, 0, repeated, i * WIDTH, WIDTH);
        }
        return repeated;
    }
}
