package io.vlm4j.natives.ggml;

import io.vlm4j.bindings.ggml.ggml_backend_sched_eval_callback;
import io.vlm4j.natives.ffi.Callbacks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Watches a graph while it is computed, node by node, on the thread that computes.
public interface EvalObserver {
    /// Asked before a node is computed; its inputs are there already.
    ///
    /// @return whether [#after] shall be told when it is
    boolean before(GraphTensor node);

    /// A node was computed; its memory is used again soon.
    void after(GraphTensor node);

    /// The native callback of an observer. What the observer throws is kept in `callbacks`, to be thrown after
    /// the computation, which ends early.
    static MemorySegment stub(EvalObserver observer, Callbacks callbacks, Arena lifetime) {
        return ggml_backend_sched_eval_callback.allocate(
                (node, ask, data) -> callbacks.answer(false, () -> {
                    GraphTensor tensor = GraphTensor.at(node);
                    if (ask) {
                        return observer.before(tensor);
                    }
                    observer.after(tensor);
                    return true;
                }),
                lifetime);
    }
}
