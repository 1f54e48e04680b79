package io.vlm4j.processing;

import io.vlm4j.tensor.Tensor;

/// Labels made of the ids themselves, for a loss over whole texts. [Example] has an answer for a loss over that alone.
public final class Labels {
    private Labels() {}

    /// Everything but padding counts, image positions included: what TRL's collator does. An image token outside of the
    /// vocabulary cannot be predicted and never counts.
    public static Tensor everything(ForwardInput input) {
        return of(input, true);
    }

    /// Everything but padding and image positions counts.
    public static Tensor text(ForwardInput input) {
        return of(input, false);
    }

    private static Tensor of(ForwardInput input, boolean imagePositions) {
        int[] labels = input.inputIds().toIntArray();
        int[] mask = input.attentionMask().toIntArray();
        int imageToken = input.images().map(ForwardImages::imageToken).orElse(ForwardInput.IGNORED); // which is no id
        boolean ignoreImages = !imagePositions || imageToken < 0 || imageToken >= input.vocabularySize();
        for (int i = 0; i < labels.length; i++) {
            if (mask[i] == 0 || (ignoreImages && labels[i] == imageToken)) {
                labels[i] = ForwardInput.IGNORED;
            }
        }
        return Tensor.ofInts(input.inputIds().shape(), labels);
    }
}
