package io.vlm4j.graph;

import io.vlm4j.tensor.Tensor;
import java.util.List;

/// What a [Decoder] computed for the rows of one input; only what was asked for is there. On the heap.
///
/// @param logits       `F32` `[rows or 1, vocabulary]`
/// @param hiddenStates each `F32` `[rows, width]`: the rows before the first layer, after each but the last, and after
///     the final norm, as transformers has them; empty when not asked for
/// @param attentions   of each layer, `F32` `[heads, rows, all rows so far]`; empty when not asked for
public record DecoderOutput(Tensor logits, List<Tensor> hiddenStates, List<Tensor> attentions) {
    /// What to compute besides the logits of the last row.
    ///
    /// @param allLogits    the logits of every row
    /// @param hiddenStates see there
    /// @param attentions   see there
    public record Wanted(boolean allLogits, boolean hiddenStates, boolean attentions) {
        /// Nothing else.
        public static final Wanted LAST_LOGITS = new Wanted(false, false, false);

        /// The logits of every row.
        public static final Wanted ALL_LOGITS = new Wanted(true, false, false);

        /// Everything.
        public static final Wanted EVERYTHING = new Wanted(true, true, true);
    }

    /// Copies both lists.
    public DecoderOutput {
        hiddenStates = List.copyOf(hiddenStates);
        attentions = List.copyOf(attentions);
    }
}
