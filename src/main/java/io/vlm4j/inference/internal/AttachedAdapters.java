package io.vlm4j.inference.internal;

import io.vlm4j.inference.Adapters;
import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.internal.AdapterUser;
import io.vlm4j.model.internal.LoraAdapterImpl;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaAdapters;
import io.vlm4j.natives.llama.LlamaContexts;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The adapters whose addresses a native context holds, and what must be true when they change. Used by whoever has
/// entered the context's guard.
public final class AttachedAdapters implements AdapterUser {
    private final ModelImpl model;
    private final NativeHandle context;
    private final ThreadGuard guard;
    private final Runnable forget;
    private Adapters current = Adapters.none();
    private @Nullable LoraAdapter lost; // one of the current ones was closed
    private boolean settled;

    /// @param forget empties the context's memory
    public AttachedAdapters(ModelImpl model, NativeHandle context, ThreadGuard guard, Runnable forget) {
        this.model = model;
        this.context = context;
        this.guard = guard;
        this.forget = forget;
    }

    /// For an engine, which is no native context when a graph of our own computes the model: that has no adapters
    /// to attach.
    static AttachedAdapters of(ModelImpl model, StepEngine engine, ThreadGuard guard, Runnable forget) {
        return switch (engine) {
            case LlamaEngine llama -> new AttachedAdapters(model, llama.handle(), guard, forget);
            case GraphEngine _ -> new AttachedAdapters(model, model.handle(), guard, forget);
        };
    }

    Adapters current() {
        return current;
    }

    /// Makes these the adapters and forgets what was computed with others.
    ///
    /// @return `false` when they are in use already, and nothing was done
    public boolean change(Adapters wanted) {
        requireFit(wanted, model);
        if (lost == null && wanted.equals(current)) {
            return false;
        }
        register(wanted);
        Adapters before = current;
        try {
            forget.run();
            apply(wanted);
        } catch (Throwable t) {
            if (!context.isDamaged()) {
                apply(Adapters.none());
            }
            current = Adapters.none();
            leave(before);
            leave(wanted);
            throw t;
        }
        current = wanted;
        lost = null;
        leave(before);
        return true;
    }

    /// @throws IllegalArgumentException when they are for another model
    /// @throws IllegalStateException when one is closed
    public static void requireFit(Adapters wanted, ModelImpl model) {
        if (model.graph().isPresent() && !wanted.equals(Adapters.none())) {
            throw new IllegalArgumentException("adapters cannot be had with " + model + ": a model of architecture "
                    + model.architecture() + " is computed by a graph of vlm4j's own");
        }
        for (Adapters.Scaled lora : wanted.loras()) {
            if (lora.adapter().model() != model) {
                throw new IllegalArgumentException(
                        "the " + lora.adapter() + " is for " + lora.adapter().model() + ", not for " + model);
            }
            implementation(lora).handle().segment(); // refuses when closed
        }
        wanted.controlVector().ifPresent(vector -> vector.requireFits(model));
    }

    private void register(Adapters wanted) {
        try {
            wanted.loras().forEach(lora -> implementation(lora).addUser(this));
        } catch (IllegalStateException closed) {
            leave(wanted);
            throw closed;
        }
    }

    private void apply(Adapters wanted) {
        settled = false;
        LlamaContexts.synchronize(context.segment());
        List<MemorySegment> segments = wanted.loras().stream()
                .map(lora -> implementation(lora).handle().segment())
                .toList();
        float[] scales = new float[segments.size()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = wanted.loras().get(i).scale();
        }
        LlamaAdapters.set(context.segment(), segments, scales);
        if (wanted.controlVector().isPresent()) {
            steer(wanted.controlVector().get());
        } else {
            LlamaAdapters.clearControlVector(context.segment());
        }
    }

    private void steer(ControlVector vector) {
        int width = vector.embeddingSize();
        float[] data = new float[Math.multiplyExact(width, model.layers() - 1)];
        for (int layer : vector.layers()) {
            System.arraycopy(vector.direction(layer), 0, data, (layer - 1) * width, width);
        }
        LlamaAdapters.setControlVector(
                context.segment(),
                data,
                width,
                vector.layers().first(),
                vector.layers().last());
    }

    /// Is no user any more of those that are not current.
    private void leave(Adapters left) {
        for (Adapters.Scaled lora : left.loras()) {
            if (current.loras().stream().noneMatch(kept -> kept.adapter() == lora.adapter())) {
                implementation(lora).removeUser(this);
            }
        }
    }

    private static LoraAdapterImpl implementation(Adapters.Scaled lora) {
        return (LoraAdapterImpl) lora.adapter();
    }

    /// Whether native code has planned its graphs for the current adapters. If not, evaluate within [#settle].
    boolean areSettled() {
        return settled;
    }

    /// Evaluates something in which native code may plan its graphs anew, so that no adapter may come or go.
    ///
    /// @return what the evaluation returned; 0 is success
    /// @throws IllegalStateException when an adapter that it should be evaluated with was closed
    public int settle(IntSupplier evaluation) {
        if (lost != null) {
            throw new IllegalStateException("the " + context.description() + " used the " + lost
                    + "; tell it what to use instead before it evaluates again");
        }
        int code = model.adapterSet().whileUnchanged(evaluation::getAsInt);
        settled = code == 0;
        return code;
    }

    /// Something else than adapters changed that makes native code plan its graphs anew.
    void unsettle() {
        settled = false;
    }

    @Override
    public void seize() {
        guard.enter();
    }

    @Override
    public void letGo() {
        guard.exit();
    }

    @Override
    public void drop(LoraAdapterImpl adapter) {
        try {
            apply(Adapters.none());
            forget.run();
            lost = adapter;
        } catch (IllegalStateException e) {
            if (!context.isClosed() && !context.isDamaged()) { // what is closed holds no addresses, damaged uses none
                throw e;
            }
        }
    }

    /// The native context is freed.
    public void release() {
        Adapters before = current;
        current = Adapters.none();
        leave(before);
    }
}
