package io.vlm4j.training;

import java.util.Locale;

/// How the optimizer remembers its two running means of each number that is trained, as transformers' setting `optim`.
public enum Optim {
    /// In single precision: 8 bytes a number.
    ADAMW_TORCH,

    /// In 8 bits, block by block (Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization"): 2 bytes a
    /// number and a little. Tensors of fewer than 4096 numbers stay in single precision.
    ADAMW_8BIT;

    /// As transformers calls it.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException when there is none of this name
    public static Optim ofLabel(String label) {
        for (Optim optim : values()) {
            if (optim.label().equals(label)) {
                return optim;
            }
        }
        throw new IllegalArgumentException(
                "there is no optimizer '" + label + "'; there are adamw_torch and adamw_8bit");
    }
}
