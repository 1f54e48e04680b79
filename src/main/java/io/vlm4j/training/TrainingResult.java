package io.vlm4j.training;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/// What came of a training.
///
/// @param ending         why it ended
/// @param steps          that were made, those before a resume included
/// @param loss           of the last step
/// @param evaluationLoss of what was saved, when there is an evaluation split and it was gone through
/// @param adapter        the adapter as GGUF, for [io.vlm4j.vlm.Vlm#openAdapter]
/// @param projector      the new mmproj file, when the projector was trained
/// @param model          the new model file, when the decoder was trained
public record TrainingResult(
        Ending ending,
        long steps,
        double loss,
        OptionalDouble evaluationLoss,
        Optional<Path> adapter,
        Optional<Path> projector,
        Optional<Path> model) {
    /// Why a training ended.
    public enum Ending {
        /// All steps were made.
        DONE,
        /// The loss of the evaluation split did not fall any more.
        EARLY,
        /// It was asked to stop; it can go on from the last checkpoint.
        STOPPED
    }
}
