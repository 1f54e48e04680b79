package io.vlm4j.inference;

import io.vlm4j.model.ControlVector;
import io.vlm4j.model.LoraAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// What a context computes with beside the model's own weights: any number of LoRA adapters at once, and a control
/// vector (several are added up with [ControlVector#plus]). A value; the adapters in it are borrowed.
///
/// {@snippet class="io.vlm4j.snippets.AdapterSnippets" region="lora"}
///
/// @param loras each with how strongly it is applied; their order means nothing
public record Adapters(List<Scaled> loras, Optional<ControlVector> controlVector) {
    private static final Adapters NONE = new Adapters(List.of(), Optional.empty());

    /// @param scale 1: as it was trained; 0: not at all
    public record Scaled(LoraAdapter adapter, float scale) {
        public Scaled {
            Objects.requireNonNull(adapter, "adapter");
            if (!Float.isFinite(scale)) {
                throw new IllegalArgumentException("the scale of " + adapter + " must be finite, not " + scale);
            }
        }
    }

    public Adapters {
        loras = List.copyOf(loras);
        Objects.requireNonNull(controlVector, "controlVector");
        if (loras.stream().map(Scaled::adapter).distinct().count() < loras.size()) {
            throw new IllegalArgumentException("an adapter is listed twice: " + loras);
        }
    }

    /// The model as it is.
    public static Adapters none() {
        return NONE;
    }

    /// Adapters as they were trained.
    ///
    /// @throws IllegalArgumentException when one is listed twice
    public static Adapters of(LoraAdapter... adapters) {
        Adapters all = NONE;
        for (LoraAdapter adapter : adapters) {
            all = all.with(adapter, 1);
        }
        return all;
    }

    /// These and one more.
    ///
    /// @param scale 1: as it was trained; 0: not at all
    /// @throws IllegalArgumentException when it is among these already, or the scale is not finite
    public Adapters with(LoraAdapter adapter, float scale) {
        List<Scaled> longer = new ArrayList<>(loras);
        longer.add(new Scaled(adapter, scale));
        return new Adapters(longer, controlVector);
    }

    /// These with a control vector, instead of the one that they had.
    public Adapters with(ControlVector vector) {
        return new Adapters(loras, Optional.of(vector));
    }

    public boolean isEmpty() {
        return loras.isEmpty() && controlVector.isEmpty();
    }
}
