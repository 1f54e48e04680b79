package io.vlm4j.cli;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.Adapters;
import io.vlm4j.model.EmbeddingCache;
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

        Opened open(RootCommand root, ProgressLine progress) {
            Deque<AutoCloseable> made = new ArrayDeque<>();
            try {
                EmbeddingCache cache = imageCache.open();
                made.push(cache);
                Vlm vlm = openVlm(root, progress, cache);
                made.push(vlm);
                SpeculationFlags.Guesser guesser =
                        speculation.open(root, compute.context(vlm.context().contextLength()), progress);
                made.push(guesser);
                return new Opened(vlm, adapted.open(vlm.model()), guesser, made);
            } catch (Throwable t) {
                closeAll(made, t);
                throw t;
            }
        }

        private Vlm openVlm(RootCommand root, ProgressLine progress, EmbeddingCache cache) {
            VlmOptions plain = compute.all(
                    progress.loading(files.model(), root.interruption()),
                    progress.loading(files.projector().orElse(files.model()), root.interruption()));
            VlmOptions options = plain.withProjector(
                    plain.projector().toBuilder().cache(cache).build());
            return files.projector()
                    .map(projector -> Vlm.open(files.model(), projector, options))
                    .orElseGet(() -> Vlm.openText(files.model(), options));
        }
    }

    /// @param made what is closed, newest first
    record Opened(Vlm vlm, Adapters adapters, SpeculationFlags.Guesser guesser, Deque<AutoCloseable> made)
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
        speculation.check();
        return new Request(vision.seeing(root));
    }

    /// As [#seeing], but the projector may be missing.
    Request find(RootCommand root) {
        speculation.check();
        return new Request(vision.find(root));
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
