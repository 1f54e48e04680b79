package io.vlm4j.training;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.training.internal.SftTrainerImpl;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/// Supervised fine-tuning of a vision-language model on conversations about pictures, as TRL's class of that name.
///
/// {@snippet class="io.vlm4j.snippets.TrainingSnippets" region="train"}
///
/// The loss is transformers': the mean over all tokens of a step that have a label, each predicted by the position
/// before it. Weights are used where they lie in the mapped files, of any type, and made single precision a matrix at a
/// time; all computing is in single precision. Between layers only their inputs are kept (activation checkpointing).
/// What the vision tower makes of a picture is computed once. The same options and data give the same bits on the
/// same machine.
///
/// In [SftOptions#out()] it keeps checkpoints, of which each is whole or not there, `log.csv` and `log.jsonl` with a
/// line for each step, and at the end a picture of the loss and what was trained.
///
/// - **Owner**: whoever opened it. It keeps what it was given, which must stay open.
/// - **Threads**: one thread at a time; [#stop()] by any.
/// - **Close**: frees what is trained; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface SftTrainer extends AutoCloseable permits SftTrainerImpl {
    /// Opens a trainer without evaluation split and listener.
    ///
    /// @throws InvalidFile when model or projector are of a kind that cannot be trained; decoders like LLaMA's and
    ///     projectors of two matrices (`mlp`) can
    /// @throws IllegalArgumentException when the dataset is empty, or the folder has checkpoints and options do not say
    ///     that they are to be gone on from, or they are of a training with other settings
    /// @throws UncheckedIOException when the folder cannot be made
    static SftTrainer open(
            Projector projector, VisionDataCollator collator, Dataset<VisionExample> train, SftOptions options) {
        return open(projector, collator, train, Optional.empty(), options, TrainingListener.NONE);
    }

    /// Opens a trainer. See [#open(Projector, VisionDataCollator, Dataset, SftOptions)].
    ///
    /// @param evaluation is gone through between steps, and not trained on
    static SftTrainer open(
            Projector projector,
            VisionDataCollator collator,
            Dataset<VisionExample> train,
            Optional<Dataset<VisionExample>> evaluation,
            SftOptions options,
            TrainingListener listener) {
        return SftTrainerImpl.open(projector, collator, train, evaluation, options, listener);
    }

    /// Trains to the end, or until it is stopped, and saves what was trained in the folder.
    ///
    /// @throws Vlm4jException.Inference when a loss is no number, naming step and examples; the checkpoints before
    ///     stay
    /// @throws UncheckedIOException when a file cannot be written; what was there before stays
    /// @throws InvalidFile when the dataset has an example that is unusable and not to be left out, such as one whose
    ///     picture is missing; what was learned before it is saved as a checkpoint
    /// @throws IllegalArgumentException when no example of the dataset can be used, or the collator is for a model with
    ///     another vocabulary
    TrainingResult train();

    /// The mean loss of a dataset with the weights as they are now.
    ///
    /// @throws IllegalArgumentException when it has no example
    double evaluate(Dataset<VisionExample> dataset);

    /// Writes the model with its adapters added to its matrices, those in single precision and all else as it was.
    ///
    /// @throws IllegalStateException when the stage is not [TrainingStage#LORA]
    /// @throws UncheckedIOException when it cannot be written; what was there before stays
    void saveMerged(Path model);

    /// Sends what was trained to the Hugging Face Hub: [TrainingResult#pushToHub(String)] of the last [#train()].
    ///
    /// @throws IllegalStateException when nothing was trained to its end
    PushResult pushToHub(String repo);

    /// The same to any hub: [TrainingResult#pushToHub(HubClient, String, PushOptions, PushListener)].
    ///
    /// @throws IllegalStateException when nothing was trained to its end
    PushResult pushToHub(HubClient hub, String repo, PushOptions options, PushListener listener);

    /// Asks the training to write a checkpoint and end. Of the step under way nothing is left.
    void stop();

    /// The step after which it stands.
    long step();

    @Override
    void close();
}
