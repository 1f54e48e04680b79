package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.internal.LayerSink;
import io.vlm4j.inference.internal.StreamedLayers;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What all passes have, whatever computes them: they let one thread in at a time, check a request and make memory for
/// it, which is given back when something fails.
public abstract sealed class GuardedPass implements ForwardPass permits ForwardPassImpl, GraphForwardPass {
    final ModelImpl model;
    final ForwardOptions options;
    final ThreadGuard guard;
    boolean closed; // guarded by guard

    GuardedPass(ModelImpl model, ForwardOptions options) {
        this.model = model;
        this.options = options;
        this.guard = new ThreadGuard("the forward pass of " + model);
    }

    @Override
    public final Model model() {
        return model;
    }

    @Override
    public final ForwardOptions options() {
        return options;
    }

    @Override
    public final ForwardOutput forward(ForwardInput input, Outputs what) {
        guard.enter();
        try {
            requireOpen();
            Request request = request(input, what);
            OutputMemory memory = request.check();
            try {
                return run(request, memory);
            } catch (Throwable t) {
                memory.close();
                if (t instanceof Vlm4jException.Cancelled) {
                    heed();
                }
                throw t;
            }
        } finally {
            guard.exit();
        }
    }

    /// What is wanted, as this pass computes it; not yet checked.
    abstract Request request(ForwardInput input, Outputs what);

    abstract ForwardOutput run(Request request, OutputMemory memory);

    /// The interruption is over.
    abstract void heed();

    final void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the forward pass of " + model + " is closed");
        }
        model.handle().segment();
    }

    /// What takes the layers of each example: the request's own consumer, or memory, which is then among what was
    /// found.
    final Function<Example, LayerSink> sinks(Request request, Map<Output, List<Tensor>> found, OutputMemory memory) {
        Outputs what = request.what();
        if (what.consumer().isPresent()) {
            LayerConsumer consumer = what.consumer().get();
            return example -> new StreamedLayers(consumer, example.index(), model.embeddingSize());
        }
        boolean hidden = what.wants(Output.HIDDEN_STATES);
        boolean attentions = what.wants(Output.ATTENTIONS);
        StoredLayers stored = new StoredLayers(
                request.input().batchSize(),
                request.input().length(),
                model.embeddingSize(),
                model.heads(),
                hidden ? model.layers() + 1 : 0,
                attentions ? model.layers() : 0,
                memory);
        if (hidden) {
            found.put(Output.HIDDEN_STATES, stored.hiddenStates());
        }
        if (attentions) {
            found.put(Output.ATTENTIONS, stored.attentions());
        }
        return stored::of;
    }

    @Override
    public final String toString() {
        return "forward pass of " + model + (closed ? " (closed)" : "");
    }
}
