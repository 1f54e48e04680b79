package io.vlm4j.cli;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Embedder;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.server.ServedModel;
import io.vlm4j.server.Server;
import io.vlm4j.server.ServerOptions;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `vlm4j serve`: a model behind HTTP.
@Command(
        name = "serve",
        description = {
            "Answers HTTP requests in the shapes of OpenAI and Anthropic, with a page to talk to the model at /.",
            "Options may also be given in the environment (VLM4J_PORT=8080) and in a file (--config); an option on"
                    + " the command line counts before the environment, and that before the file."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class ServeCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(
            names = ServeSettings.CONFIG,
            paramLabel = "FILE",
            description = "Properties of this command: a line such as port = 8080 for each option.")
    @SuppressWarnings("UnusedVariable") // read before anything else, by ServeSettings
    private @Nullable Path config;

    @Mixin
    private VisionFlags vision = new VisionFlags();

    @Mixin
    private ImageCacheFlag imageCache = new ImageCacheFlag();

    @Mixin
    private ServeComputeFlags compute = new ServeComputeFlags();

    @Mixin
    private AdapterFlags adapters = new AdapterFlags();

    @Mixin
    private ServeFlags flags = new ServeFlags();

    @Mixin
    private ServeSamplingFlags sampling = new ServeSamplingFlags();

    ServeCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        ServerOptions options = flags.options(sampling);
        compute.check();
        AdapterFlags.Request adapted = adapters.read();
        VisionFlags.ModelFiles files = vision.find(root);
        ProgressLine progress = root.progress();
        try (Interruption.Work _ = root.interruption().begin();
                EmbeddingCache cache = imageCache.open();
                Model model = Model.open(
                        files.model(), compute.model(progress.loading(files.model(), root.interruption())))) {
            Projector projector = files.projector()
                    .map(file -> model.openProjector(
                            file, compute.projector(progress.loading(file, root.interruption()), cache)))
                    .orElse(null);
            try (ChatTemplate template = compute.template(model);
                    Scheduler scheduler = Scheduler.start(model, projector, compute.scheduler(model))) {
                progress.clear();
                ServedModel served = served(scheduler, template, projector, adapted.open(model));
                return serve(served, options);
            }
        } finally {
            progress.clear();
        }
    }

    private ServedModel served(
            Scheduler scheduler, ChatTemplate template, @Nullable Projector projector, Adapters added) {
        ServedModel served = ServedModel.of(scheduler, template).with(added);
        ContextOptions alone = compute.alone(scheduler.model());
        if (flags.embeddings()) {
            served = served.with(Embedder.create(scheduler.model(), alone));
        }
        if (flags.attention()) {
            if (projector == null) {
                throw new Failure(
                        ExitCode.USAGE, "--attention needs a model that sees; name its projector with --mmproj");
            }
            served = served.with(AnswerAttention.open(projector, template, alone));
        }
        return served;
    }

    private int serve(ServedModel served, ServerOptions options) throws InterruptedException {
        try (Server server = start(served, options)) {
            root.message("serving " + served.scheduler().model().path() + " at " + server.address());
            if (flags.isOpenToAll()) {
                root.message("everybody who reaches this machine may ask: give an --api-key, or leave --host out");
            }
            Duration patience = flags.drainTimeout();
            root.interruption().onRequest(() -> shutDown(server, patience));
            server.awaitClosed();
            return ExitCode.OK;
        } finally {
            served.attention().ifPresent(AnswerAttention::close);
        }
    }

    private static Server start(ServedModel served, ServerOptions options) {
        try {
            return Server.start(served, options);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new Failure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private void shutDown(Server server, Duration patience) {
        try {
            root.note("ending, within " + patience.toSeconds() + " s");
            server.shutDown(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
