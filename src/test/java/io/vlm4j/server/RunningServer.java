package io.vlm4j.server;

import io.vlm4j.attention.AnswerAttention;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Embedder;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.server.internal.ServerImpl;
import io.vlm4j.server.internal.media.Resolver;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A server with the bundled model at a free port, and a plain client for it.
final class RunningServer implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.shared();

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    final Scheduler scheduler;
    final Server server;
    private final Model model;

    private RunningServer(ServerOptions options, Resolver resolver, String source) {
        this(TestModels.bundled(), options, resolver, source, _ -> Adapters.none());
    }

    private RunningServer(
            Path file, ServerOptions options, Resolver resolver, String source, Function<Model, Adapters> adapters) {
        model = Model.open(file);
        Projector projector = model.openProjector(TestModels.bundledProjector());
        ContextOptions context =
                ContextOptions.builder().contextLength(8192).threads(1).build();
        ContextOptions alone =
                ContextOptions.builder().contextLength(1024).threads(1).build();
        scheduler = Scheduler.start(
                model,
                projector,
                SchedulerOptions.builder().slots(4).queue(64).context(context).build());
        ChatTemplate template = source.isEmpty() ? ChatTemplate.of(model) : ChatTemplate.of(model, source);
        ServedModel served = ServedModel.of(scheduler, template)
                .with(Embedder.create(model, alone))
                .with(AnswerAttention.open(projector, template, alone))
                .with(adapters.apply(model));
        server = ServerImpl.start(served, options, resolver);
    }

    /// Greedy unless a request says otherwise, so that answers can be compared.
    static ServerOptions.Builder options() {
        return ServerOptions.builder().port(0).name("pico");
    }

    static RunningServer start() {
        return start(options().build());
    }

    static RunningServer start(ServerOptions options) {
        return new RunningServer(options, Resolver.SYSTEM, "");
    }

    static RunningServer start(ServerOptions options, Resolver resolver) {
        return new RunningServer(options, resolver, "");
    }

    /// With a model whose answers never end by themselves, see [Talker].
    ///
    /// @param folder for the model
    static RunningServer startTalker(Path folder) {
        return new RunningServer(
                Talker.write(folder), options().build(), Resolver.SYSTEM, "chatml", _ -> Adapters.none());
    }

    static RunningServer startWith(Function<Model, Adapters> adapters) {
        return new RunningServer(TestModels.bundled(), options().build(), Resolver.SYSTEM, "", adapters);
    }

    /// @param source of a chat template
    static RunningServer start(ServerOptions options, String source) {
        return new RunningServer(options, Resolver.SYSTEM, source);
    }

    /// Of a text, BOS included.
    List<Long> tokens(String text) {
        return IntStream.of(model.tokenizer().encode(text, true, false))
                .mapToObj(Long::valueOf)
                .toList();
    }

    String text(List<Long> tokens) {
        return model.tokenizer().decode(tokens.stream().mapToInt(Long::intValue).toArray());
    }

    URI at(String path) {
        return server.address().resolve(path);
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(at(path)).GET(), headers);
    }

    HttpResponse<String> post(String path, String json, String... headers) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(at(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)),
                headers);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request, String... headers)
            throws IOException, InterruptedException {
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static JsonNode json(HttpResponse<String> response) {
        return JSON.readTree(response.body());
    }

    /// A sample picture as a data URI.
    static String picture() {
        try {
            return "data:image/png;base64,"
                    + Base64.getEncoder().encodeToString(Files.readAllBytes(TestModels.sample("06-red_apple.png")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        server.close();
        model.close();
    }
}
