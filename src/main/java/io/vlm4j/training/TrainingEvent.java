package io.vlm4j.training;

import java.nio.file.Path;

/// What happens while a trainer trains.
public sealed interface TrainingEvent {
    /// It begins, or goes on.
    ///
    /// @param step       steps that were made before
    /// @param steps      those of the whole training
    /// @param parameters numbers that are trained
    record Started(long step, long steps, long parameters) implements TrainingEvent {}

    /// The device of the training cannot compute everything; the CPU does the rest, to which numbers are copied and
    /// back. Before the first step.
    ///
    /// @param operations by their names in ggml, each with how often a step has it, such as `ROPE_BACK (12)`
    record FellBack(String device, String operations) implements TrainingEvent {}

    /// A step was made.
    ///
    /// @param step            from 1 on
    /// @param epoch           from 0 on, with its fraction
    /// @param loss            mean over the tokens of the step that count, before it
    /// @param learningRate    of the step
    /// @param gradientNorm    before clipping
    /// @param tokens          rows that were computed, of pictures, too
    /// @param tokensPerSecond over this step
    /// @param memory          bytes of what is trained with its optimizer, and of intermediate results
    record Step(
            long step,
            double epoch,
            double loss,
            double learningRate,
            double gradientNorm,
            long tokens,
            double tokensPerSecond,
            long memory)
            implements TrainingEvent {}

    /// The evaluation split was gone through.
    ///
    /// @param loss mean over its tokens that count
    /// @param best whether it is the lowest so far
    record Evaluated(long step, double loss, boolean best) implements TrainingEvent {}

    /// A file was written from which training can go on.
    record Saved(long step, Path checkpoint) implements TrainingEvent {}

    /// A file from which training should go on is damaged, and the one before is used.
    record Passed(Path checkpoint, String reason) implements TrainingEvent {}
}
