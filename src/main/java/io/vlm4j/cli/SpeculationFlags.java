package io.vlm4j.cli;

import io.vlm4j.generation.Speculation;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whether tokens are guessed ahead, and by what.
final class SpeculationFlags {
    private static final int DEFAULT_DRAFT = 8;

    @Option(
            names = "--lookup",
            description = "Guess tokens from what the text said before; the model checks them, and the answer stays the"
                    + " same.")
    private boolean lookup;

    @Option(
            names = "--draft-model",
            paramLabel = "FILE",
            description = "Let this smaller model of the same vocabulary guess tokens; the answer stays the same.")
    private @Nullable Path draftModel;

    @Option(
            names = "--draft",
            paramLabel = "N",
            description = "Most tokens guessed at once. Default: " + DEFAULT_DRAFT + ".")
    private @Nullable Integer draft;

    /// What guesses, with the model that it may need, which closes with it.
    record Guesser(Speculation speculation, @Nullable Model model) implements AutoCloseable {
        @Override
        public void close() {
            if (model != null) {
                model.close();
            }
        }
    }

    /// @throws Failure when the options exclude each other or a number is out of range
    void check() {
        if (lookup && draftModel != null) {
            throw new Failure(ExitCode.USAGE, "--lookup and --draft-model exclude each other");
        }
        if (draft != null && !isOn()) {
            throw new Failure(ExitCode.USAGE, "--draft needs --lookup or --draft-model");
        }
        if (draft != null && (draft < 1 || draft > Speculation.MOST)) {
            throw new Failure(ExitCode.USAGE, "--draft must be 1 to " + Speculation.MOST + ", not " + draft);
        }
    }

    /// Whether another model guesses.
    boolean hasModel() {
        return draftModel != null;
    }

    boolean isOn() {
        return lookup || draftModel != null;
    }

    /// @param options of the smaller model's context, as long as that of the model that checks the guesses
    Guesser open(RootCommand root, ContextOptions options, ProgressLine progress) {
        int most = draft != null ? draft : DEFAULT_DRAFT;
        if (draftModel == null) {
            Speculation.NgramLookup usual = Speculation.NgramLookup.defaults();
            return new Guesser(
                    lookup
                            ? new Speculation.NgramLookup(usual.minLength(), usual.maxLength(), most)
                            : Speculation.none(),
                    null);
        }
        ModelOptions loading = ModelOptions.builder()
                .listener(progress.loading(draftModel, root.interruption()))
                .build();
        Model model = Model.open(draftModel, loading);
        try {
            InferenceContext context = InferenceContext.create(model, options);
            Speculation.DraftModel usual = Speculation.DraftModel.of(context);
            return new Guesser(new Speculation.DraftModel(context, most, usual.minProbability()), model);
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }
}
