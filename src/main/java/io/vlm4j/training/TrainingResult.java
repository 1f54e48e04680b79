package io.vlm4j.training;

import io.vlm4j.Vlm4jException;
import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.HubOptions;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

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

    /// The files that are for others: what was trained, an adapter also as `peft` reads it, the model card and
    /// the picture of the loss.
    ///
    /// @throws IllegalStateException when the training was stopped before its end
    public List<Path> files() {
        List<Path> files = new ArrayList<>(Stream.of(adapter, projector, model)
                .flatMap(Optional::stream)
                .map(Path::toAbsolutePath)
                .toList());
        if (files.isEmpty()) {
            throw new IllegalStateException("the training was stopped before its end, and there is no result yet");
        }
        Path folder = folder(files);
        adapter.ifPresent(_ -> files.addAll(
                List.of(folder.resolve("adapter_model.safetensors"), folder.resolve("adapter_config.json"))));
        files.addAll(List.of(folder.resolve("README.md"), folder.resolve("loss.png")));
        return List.copyOf(files);
    }

    private static Path folder(List<Path> files) {
        return Objects.requireNonNull(files.getFirst().getParent());
    }

    /// Sends [#files()] to the Hugging Face Hub, with the token and to the address that Hugging Face's own
    /// tools would use. See [#pushToHub(HubClient, String, PushOptions, PushListener)].
    public PushResult pushToHub(String repo) {
        try (HubClient hub = HubClient.open(HubOptions.ofEnvironment())) {
            return pushToHub(hub, repo, PushOptions.defaults(), PushListener.NONE);
        }
    }

    /// Sends [#files()] to a repository as one commit, and makes the repository if it is not there. Checkpoints
    /// and logs stay at home. Interrupted, it goes on where it was when it is called again, as does `./vlm4j push`.
    ///
    /// @param repo `OWNER/NAME`
    /// @throws IllegalArgumentException when a hub takes no such name
    /// @throws IllegalStateException    when the training was stopped before its end
    /// @throws Vlm4jException.Hub       when the hub refuses or cannot be reached; what was trained lies where it was
    public PushResult pushToHub(HubClient hub, String repo, PushOptions options, PushListener listener) {
        List<Path> files = files();
        return hub.push(folder(files), files, repo, options, listener);
    }
}
