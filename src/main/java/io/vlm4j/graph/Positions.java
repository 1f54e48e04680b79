package io.vlm4j.graph;

/// How a transformer knows the order of its rows.
public sealed interface Positions {
    /// It does not.
    record None() implements Positions {}

    /// Queries and keys are turned by angles that grow with the position (RoPE).
    ///
    /// @param dimensions how many numbers of each head are turned, from the first on; even
    /// @param base       the wavelengths' base, theta
    /// @param halves     whether a pair is (i, i + dimensions / 2), as in GPT-NeoX and in Hugging Face's weights;
    ///     if not, (2i, 2i + 1), as llama.cpp stores LLaMA
    /// @param scale      positions are multiplied by it; 1 for none
    record Rotary(int dimensions, float base, boolean halves, float scale) implements Positions {
        /// @throws IllegalArgumentException naming the value that makes no sense
        public Rotary {
            if (dimensions < 2 || dimensions % 2 != 0) {
                throw new IllegalArgumentException("dimensions must be even and 2 or more, not " + dimensions);
            }
            if (!(base > 0) || Float.isInfinite(base)) {
                throw new IllegalArgumentException("base must be above 0, not " + base);
            }
            if (!(scale > 0) || Float.isInfinite(scale)) {
                throw new IllegalArgumentException("scale must be above 0, not " + scale);
            }
        }
    }

    /// A learned row is added to each embedding: row `offset` of `position_embd.weight` to the first.
    record Learned(int offset) implements Positions {
        public Learned {
            requireOffset(offset);
        }
    }

    /// Sines, then cosines, are added to each embedding, with wavelengths from 2 pi to 10000 times that; the first row
    /// has position `offset`.
    record Sinusoidal(int offset) implements Positions {
        public Sinusoidal {
            requireOffset(offset);
        }
    }

    private static void requireOffset(int offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset must be 0 or more, not " + offset);
        }
    }
}
