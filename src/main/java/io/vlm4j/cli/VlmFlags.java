package io.vlm4j.cli;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.Adapters;
import io.vlm4j.isolation.IsolatedVlm;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.vlm.VisionLanguageModel;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/// A vision-language model with everything that may go with it, as the command line names it.
final class VlmFlags {
    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ImageCacheFlag imageCache = new ImageCacheFlag();

    @Mixin
    private ComputeFlags compute = new ComputeFlags();

    @Mixin
    private AdapterFlags adapters = new AdapterFlags();

    @Mixin
    private SpeculationFlags speculation = new SpeculationFlags();

    @Mixin
    private IsolationFlag isolation = new IsolationFlag();

    /// What was asked for; all that can be wrong with it has been found that can be found without the model.
    final class Request {
        private final VisionFlags.ModelFiles files;
        private final AdapterFlags.Request adapted;

        private Request(VisionFlags.ModelFiles files) {
            this.files = files;
            this.adapted = adapters.read();
        }

        VisionFlags.ModelFiles files() {
            return files;
        }

        /// What kind of decoder it is, in the words of its file.
        String architecture() {
            try (GgufFile file = GgufFile.open(files.model())) {
                return file.architecture().orElse("");
            }
        }

        Opened open(RootCommand root, ProgressLine progress) {
            Deque<AutoCloseable> made = new ArrayDeque<>();
            try {
                if (isolation.isOn()) {
                    SpeculationFlags.Guesser guesser = speculation.open(root, compute.context(), progress);
                    made.push(guesser);
                    IsolatedVlm vlm = IsolationFlag.open(
                            files.model(), files.projector(), options(root, progress), adapted.files());
                    made.push(vlm);
                    return new Opened(vlm, files.projector().isPresent(), Adapters.none(), guesser, made);
                }
                EmbeddingCache cache = imageCache.open();
                made.push(cache);
                Vlm vlm = openVlm(root, progress, cache);
                made.push(vlm);
                SpeculationFlags.Guesser guesser =
                        speculation.open(root, compute.context(vlm.context().contextLength()), progress);
                made.push(guesser);
                return new Opened(vlm, vlm.projector().isPresent(), adapted.open(vlm.model()), guesser, made);
            } catch (Throwable t) {
                closeAll(made, t);
                throw t;
            }
        }

        private VlmOptions options(RootCommand root, ProgressLine progress) {
            return compute.all(
                    progress.loading(files.model(), root.interruption()),
                    progress.loading(files.projector().orElse(files.model()), root.interruption()));
        }

        private Vlm openVlm(RootCommand root, ProgressLine progress, EmbeddingCache cache) {
            VlmOptions plain = options(root, progress);
            VlmOptions options = plain.withProjector(
                    plain.projector().toBuilder().cache(cache).build());
            return files.projector()
                    .map(projector -> Vlm.open(files.model(), projector, options))
                    .orElseGet(() -> Vlm.openText(files.model(), options));
        }
    }

    /// @param vlm      here, or in a process of its own
    /// @param sees     whether it has a projector
    /// @param adapters of a model that is here
    /// @param made     what is closed, newest first
    record Opened(
            VisionLanguageModel vlm,
            boolean sees,
            Adapters adapters,
            SpeculationFlags.Guesser guesser,
            Deque<AutoCloseable> made)
            implements AutoCloseable {
        /// These options with the adapters and the guesses that were asked for.
        GenerationOptions with(GenerationOptions options) {
            return options.toBuilder()
                    .adapters(adapters)
                    .speculation(guesser.speculation())
                    .build();
        }

        @Override
        public void close() {
            closeAll(made, null);
        }
    }

    /// @throws Failure when a setting is wrong, a file is missing, or the model cannot see
    Request seeing(RootCommand root) {
        check();
        return new Request(vision.seeing(root));
    }

    /// As [#seeing], but the projector may be missing.
    Request find(RootCommand root) {
        check();
        return new Request(vision.find(root));
    }

    private void check() {
        speculation.check();
        isolation.refuse(speculation.hasModel(), "--draft-model", "both models must be in one process");
        isolation.refuse(imageCache.isOn(), "--image-cache", "encoded pictures are memory of that process");
    }

    private static void closeAll(Deque<AutoCloseable> made, @Nullable Throwable earlier) {
        Throwable failure = earlier;
        while (!made.isEmpty()) {
            try {
                made.pop().close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (earlier == null && failure instanceof RuntimeException e) {
            throw e;
        }
    }
}
