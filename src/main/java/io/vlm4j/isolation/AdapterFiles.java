package io.vlm4j.isolation;

import io.vlm4j.model.ControlVector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// What an isolated model computes with beside its own weights: any number of LoRA adapters at once, named by their
/// files since they are opened in another process, and a control vector. A value.
///
/// {@snippet class="io.vlm4j.snippets.IsolationSnippets" region="adapters"}
///
/// @param loras each with how strongly it is applied; their order means nothing
public record AdapterFiles(List<Scaled> loras, Optional<ControlVector> controlVector) {
    private static final AdapterFiles NONE = new AdapterFiles(List.of(), Optional.empty());

    /// @param file  GGUF file of a LoRA adapter
    /// @param scale 1: as it was trained; 0: not at all
    public record Scaled(Path file, float scale) {
        public Scaled {
            Objects.requireNonNull(file, "file");
            if (!Float.isFinite(scale)) {
                throw new IllegalArgumentException("the scale of " + file + " must be finite, not " + scale);
            }
        }
    }

    public AdapterFiles {
        loras = List.copyOf(loras);
        Objects.requireNonNull(controlVector, "controlVector");
    }

    /// The model as it is.
    public static AdapterFiles none() {
        return NONE;
    }

    /// These and one more, which may be a file that is among them already.
    ///
    /// @param scale 1: as it was trained; 0: not at all
    /// @throws IllegalArgumentException when the scale is not finite
    public AdapterFiles with(Path file, float scale) {
        List<Scaled> longer = new ArrayList<>(loras);
        longer.add(new Scaled(file, scale));
        return new AdapterFiles(longer, controlVector);
    }

    /// These with a control vector, instead of the one that they had.
    public AdapterFiles with(ControlVector vector) {
        return new AdapterFiles(loras, Optional.of(vector));
    }

    public boolean isEmpty() {
        return loras.isEmpty() && controlVector.isEmpty();
    }
}
