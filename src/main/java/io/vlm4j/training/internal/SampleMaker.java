package io.vlm4j.training.internal;

import io.vlm4j.dataset.VisionExample;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardImages.Pictures;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Makes what the engine takes of examples.
///
/// @param vocabulary tokens of the model that is trained
record SampleMaker(VisionDataCollator collator, VisionFeatures features, int vocabulary) {
    /// @return empty when the collator leaves the example out
    /// @throws IllegalArgumentException when the collator is one for another model
    Optional<Sample> of(VisionExample example) {
        return collator.collate(List.of(example)).map(this::of);
    }

    private Sample of(ForwardInput input) {
        if (input.vocabularySize() != vocabulary) {
            throw new IllegalArgumentException("the collator is for another model: it knows " + input.vocabularySize()
                    + " tokens, and the model that is trained " + vocabulary);
        }
        int[] ids = input.inputIds().toIntArray();
        int[] labels = input.labels().orElseThrow().toIntArray();
        if (input.images().isEmpty()) {
            return new Sample(ids, labels, null);
        }
        ForwardImages images = input.images().get();
        for (int i = 0; i < ids.length; i++) {
            ids[i] = ids[i] == images.imageToken() ? Sample.IMAGE : ids[i];
        }
        Tensor rows = switch (images) {
            case Pictures pictures -> features.of(pictures);
            case ForwardImages.TiledPictures _ ->
                throw new IllegalArgumentException(
                        "this model cuts pictures into tiles (LLaVA-NeXT); only models that see them whole can be trained");
            case ForwardImages.Features _ ->
                throw new IllegalArgumentException("a collator for training gives pictures, not projected rows");
        };
        return new Sample(ids, labels, rows);
    }
}
