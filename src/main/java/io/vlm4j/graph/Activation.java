package io.vlm4j.graph;

import io.vlm4j.Vlm4jException.InvalidFile;

/// The function between the two matrices of a feed-forward part.
public enum Activation {
    /// Gaussian error linear unit, with the error function itself.
    GELU("gelu"),
    /// The same, approximated with a hyperbolic tangent.
    GELU_TANH("gelu_tanh"),
    /// The same, approximated as `x * sigmoid(1.702 x)`: CLIP's.
    GELU_QUICK("quick_gelu"),
    /// `x * sigmoid(x)`.
    SILU("silu"),
    /// `max(x, 0)`.
    RELU("relu"),
    /// `max(x, 0)` squared: Persimmon's.
    RELU_SQUARED("relu2");

    private final String label;

    Activation(String label) {
        this.label = label;
    }

    /// The name that GGUF files and transformers use, such as `quick_gelu`.
    public String label() {
        return label;
    }

    /// The activation with this [#label()].
    ///
    /// @throws InvalidFile when there is none
    public static Activation ofLabel(String label) {
        for (Activation activation : values()) {
            if (activation.label.equals(label)) {
                return activation;
            }
        }
        throw new InvalidFile("there is no activation '" + label + "'");
    }
}
