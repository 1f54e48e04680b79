package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.dataset.Dataset;
import io.vlm4j.dataset.DatasetCursor;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.FeatureFolder;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.processing.VisionDataCollator;
import io.vlm4j.training.Optim;
import io.vlm4j.training.SftOptions;
import io.vlm4j.training.SftTrainer;
import io.vlm4j.training.TrainingEvent;
import io.vlm4j.training.TrainingListener;
import io.vlm4j.training.TrainingResult;
import io.vlm4j.training.TrainingResult.Ending;
import io.vlm4j.training.TrainingStage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The loop over steps, and what happens between them.
public final class SftTrainerImpl implements SftTrainer {
    private static final double NANOS = 1e9;

    private final SftOptions options;
    private final TrainingListener listener;
    private final Dataset<VisionExample> train;
    private final Optional<Dataset<VisionExample>> evaluation;
    private final ProjectorImpl projector;
    private final VisionFeatures features;
    private final SampleMaker maker;
    private final Engine engine;
    private final Checkpoints checkpoints;
    private final Results results;
    private final long total;
    private Checkpoints.State state = Checkpoints.State.START;
    private @Nullable TrainingResult result;
    private volatile boolean stopping;
    private boolean checked;
    private boolean closed;

    private SftTrainerImpl(
            ProjectorImpl projector,
            VisionDataCollator collator,
            Dataset<VisionExample> train,
            Optional<Dataset<VisionExample>> evaluation,
            SftOptions options,
            TrainingListener listener) {
        this.options = options;
        this.listener = listener;
        this.train = train;
        this.evaluation = evaluation;
        this.projector = projector;
        this.features = new VisionFeatures(
                projector,
                options.featureMemory(),
                options.featureDirectory()
                        .map(path -> new FeatureFolder(projector, path, options.featureDirectoryBytes())));
        this.maker = new SampleMaker(
                collator, features, projector.model().tokenizer().size());
        this.total = total(train.size(), options);
        Path model = projector.model().path();
        this.checkpoints = new Checkpoints(options.out(), settings(options, model, projector.path(), total));
        Recipe recipe =
                new Recipe(options.stage(), options.lora(), options.optimizer().decaysAll(), options.freshProjector());
        this.engine = new Engine(
                model,
                projector.path(),
                recipe,
                options.gelu(),
                options.threads(),
                options.seed(),
                options.activationMemory(),
                new Optimization(options.optim(), options.optimizerInBackward(), options.examplesPerStep()),
                new Placement(options.device(), false));
        this.results = new Results(engine, options.out());
    }

    public static SftTrainerImpl open(
            Projector projector,
            VisionDataCollator collator,
            Dataset<VisionExample> train,
            Optional<Dataset<VisionExample>> evaluation,
            SftOptions options,
            TrainingListener listener) {
        ((ModelImpl) projector.model()).requireLlama("training and adapters");
        if (train.size() == 0) {
            throw new IllegalArgumentException("the dataset is empty");
        }
        if (evaluation.isPresent() && evaluation.get().size() == 0) {
            throw new IllegalArgumentException("the evaluation split is empty");
        }
        if (options.patience() > 0 && evaluation.isEmpty()) {
            throw new IllegalArgumentException("to end early, an evaluation split is needed");
        }
        try {
            Files.createDirectories(options.out());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + options.out(), e);
        }
        SftTrainerImpl trainer =
                new SftTrainerImpl((ProjectorImpl) projector, collator, train, evaluation, options, listener);
        try {
            trainer.resume();
            return trainer;
        } catch (Throwable e) {
            trainer.close();
            throw e;
        }
    }

    private static long total(long examples, SftOptions options) {
        long each = options.examplesPerStep();
        return options.maxSteps() > 0 ? options.maxSteps() : options.epochs() * ((examples + each - 1) / each);
    }

    /// What must be the same to go on: everything that changes a number.
    private static String settings(SftOptions options, Path model, Path projector, long total) {
        return "model=" + fingerprint(model) + "\nprojector=" + fingerprint(projector) + "\nstage=" + options.stage()
                + "\nlora=" + (options.stage() == TrainingStage.LORA ? describe(options) : "none")
                + "\noptimizer=" + options.optimizer() + "\nlearningRate=" + options.learningRate() + " "
                + options.schedule() + " " + options.warmupSteps() + "/" + total + "\nexamples="
                + options.examplesPerStep() + "\nmaxGradientNorm=" + options.maxGradientNorm() + "\nshuffle="
                + options.shuffle() + "\nseed=" + options.seed() + "\ngelu=" + options.gelu()
                + "\nfreshProjector=" + options.freshProjector() + "\nactivationMemory=" + options.activationMemory()
                + (options.optim() == Optim.ADAMW_TORCH
                        ? ""
                        : "\noptim=" + options.optim().label())
                + (options.optimizerInBackward() ? "\noptimizerInBackward=true" : "");
    }

    private static String describe(SftOptions options) {
        return options.lora().rank() + " " + options.lora().alpha() + " "
                + options.lora().dropout() + " "
                + options.lora().targets().stream().sorted().toList() + " "
                + options.lora().projector();
    }

    private static String fingerprint(Path file) {
        try (GgufFile open = GgufFile.open(file)) {
            return open.fingerprint();
        }
    }

    private void resume() {
        List<Path> all = checkpoints.all();
        if (all.isEmpty()) {
            return;
        }
        if (!options.resume()) {
            throw new IllegalArgumentException(options.out() + " has checkpoints of a training, such as "
                    + all.getFirst().getFileName() + ": resume it, or choose another folder");
        }
        InvalidFile damage = null;
        for (Path file : all) {
            try {
                state = checkpoints.read(file, engine.parameters());
                return;
            } catch (InvalidFile e) {
                listener.onEvent(new TrainingEvent.Passed(file, String.valueOf(e.getMessage())));
                damage = e;
            }
        }
        throw damage == null ? new InvalidFile("no checkpoint in " + options.out()) : damage;
    }

    @Override
    public TrainingResult train() {
        requireOpen();
        result = null;
        TrainingLog log = new TrainingLog(options.out(), state.step());
        listener.onEvent(new TrainingEvent.Started(
                state.step(), total, engine.parameters().count()));
        StepMaker steps = new StepMaker(
                engine,
                options.optimizer(),
                options.learningRate(),
                options.schedule(),
                options.warmupSteps(),
                total,
                options.maxGradientNorm(),
                options.seed());
        try (ExampleReader reader = new ExampleReader(train, maker, options, state.place())) {
            Ending ending = run(reader, steps, log);
            if (ending == Ending.STOPPED) {
                save();
                return new TrainingResult(
                        ending,
                        state.step(),
                        state.loss(),
                        OptionalDouble.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty());
            }
            TrainingResult trained = finish(ending, log);
            result = trained;
            return trained;
        }
    }

    private Ending run(ExampleReader reader, StepMaker steps, TrainingLog log) {
        while (state.step() < total) {
            if (stopping) {
                return Ending.STOPPED;
            }
            long start = System.nanoTime();
            ExampleReader.Batch batch = next(reader);
            if (batch.samples().isEmpty()) {
                return Ending.DONE;
            }
            if (!checked) {
                checkDevice(batch.samples());
            }
            StepMaker.Figures figures;
            try {
                figures = steps.step(batch.samples(), state.step());
            } catch (Vlm4jException.Cancelled e) {
                engine.forget();
                return Ending.STOPPED;
            }
            if (!figures.isFinite()) {
                throw new Vlm4jException.Inference("step " + (state.step() + 1) + " has the loss " + figures.loss()
                        + " and the gradient norm " + figures.norm() + ": training cannot go on. Its examples: "
                        + String.join("; ", batch.origins()) + ". " + lastGood());
            }
            state = new Checkpoints.State(
                    state.step() + 1, reader.place(), state.best(), state.without(), figures.loss());
            report(figures, batch, (System.nanoTime() - start) / NANOS, log);
            if (due(options.evaluationSteps()) && evaluated(log)) {
                return Ending.EARLY;
            }
            if (due(options.checkpointSteps())) {
                save();
            }
        }
        return Ending.DONE;
    }

    private void checkDevice(List<Sample> samples) {
        checked = true;
        String operations =
                engine.unsupported(engine.activations().together(samples).getFirst());
        if (!operations.isEmpty()) {
            listener.onEvent(new TrainingEvent.FellBack(options.device(), operations));
        }
    }

    /// When no example can be read, what was learned of those before it is saved.
    private ExampleReader.Batch next(ExampleReader reader) {
        try {
            return reader.next();
        } catch (RuntimeException e) {
            if (state.step() > 0) {
                try {
                    save();
                } catch (RuntimeException unsaved) {
                    e.addSuppressed(unsaved);
                }
            }
            throw e;
        }
    }

    private String lastGood() {
        return checkpoints.all().stream()
                .findFirst()
                .map(file -> "The last good checkpoint is " + file)
                .orElse("There is no checkpoint yet");
    }

    private void report(StepMaker.Figures figures, ExampleReader.Batch batch, double seconds, TrainingLog log) {
        long tokens = batch.samples().stream().mapToLong(Sample::rows).sum();
        TrainingEvent.Step step = new TrainingEvent.Step(
                state.step(),
                state.place().epoch() + (double) state.place().position() / (double) train.size(),
                figures.loss(),
                figures.rate(),
                figures.norm(),
                tokens,
                (double) tokens / seconds,
                engine.memory() + features.byteSize());
        log.add(step);
        listener.onEvent(step);
    }

    private boolean due(long every) {
        return every > 0 && state.step() % every == 0 && state.step() < total;
    }

    /// @return whether training is over
    private boolean evaluated(TrainingLog log) {
        if (evaluation.isEmpty()) {
            return false;
        }
        double loss = evaluate(evaluation.get());
        boolean best = loss < state.best();
        state = new Checkpoints.State(
                state.step(),
                state.place(),
                Math.min(loss, state.best()),
                best ? 0 : state.without() + 1,
                state.loss());
        TrainingEvent.Evaluated event = new TrainingEvent.Evaluated(state.step(), loss, best);
        log.add(event);
        listener.onEvent(event);
        if (best && options.patience() > 0) {
            checkpoints.write(checkpoints.best(), engine.parameters(), state);
        }
        return options.patience() > 0 && state.without() >= options.patience();
    }

    private void save() {
        Path file = checkpoints.write(engine.parameters(), state, options.keptCheckpoints());
        listener.onEvent(new TrainingEvent.Saved(state.step(), file));
    }

    private TrainingResult finish(Ending ending, TrainingLog log) {
        if (ending == Ending.DONE) {
            evaluated(log);
        }
        save();
        if (options.patience() > 0 && Files.exists(checkpoints.best())) {
            checkpoints.read(checkpoints.best(), engine.parameters());
            return write(ending, OptionalDouble.of(state.best()), log);
        }
        OptionalDouble last = log.evaluations().isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(log.evaluations().getLast()[1]);
        return write(ending, last, log);
    }

    private TrainingResult write(Ending ending, OptionalDouble evaluated, TrainingLog log) {
        TrainingResult result = results.write(ending, state, evaluated, log);
        ModelCard.write(
                options.out().resolve("README.md"),
                options,
                projector.model().path(),
                projector.path(),
                train.size(),
                result,
                log);
        return result;
    }

    @Override
    public double evaluate(Dataset<VisionExample> dataset) {
        requireOpen();
        double sum = 0;
        long tokens = 0;
        try (DatasetCursor<VisionExample> cursor = dataset.open()) {
            while (cursor.hasNext()) {
                Optional<Sample> sample = maker.of(cursor.next());
                if (sample.isPresent()) {
                    int count = sample.get().supervisedRows();
                    sum += (double) engine.loss(sample.get()) * count;
                    tokens += count;
                }
            }
        }
        if (tokens == 0) {
            throw new IllegalArgumentException("the dataset has no example that can be used");
        }
        return sum / (double) tokens;
    }

    @Override
    public void saveMerged(Path path) {
        requireOpen();
        if (options.stage() != TrainingStage.LORA) {
            throw new IllegalStateException("only adapters can be merged, and the stage is " + options.stage());
        }
        results.merged(path);
    }

    @Override
    public PushResult pushToHub(String repo) {
        return requireTrained().pushToHub(repo);
    }

    @Override
    public PushResult pushToHub(HubClient hub, String repo, PushOptions pushed, PushListener told) {
        return requireTrained().pushToHub(hub, repo, pushed, told);
    }

    private TrainingResult requireTrained() {
        if (result == null) {
            throw new IllegalStateException("nothing was trained to its end yet");
        }
        return result;
    }

    @Override
    public void stop() {
        stopping = true;
        engine.interrupt();
    }

    @Override
    public long step() {
        return state.step();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the trainer is closed");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            engine.close();
            features.close();
        }
    }
}
