package io.vlm4j.cli;

import io.vlm4j.load.AgainReport;
import io.vlm4j.load.LevelReport;
import io.vlm4j.load.LoadOptions;
import io.vlm4j.load.LoadTest;
import io.vlm4j.load.Mix;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vlm4j load`: how does a server bear many clients?
@Command(
        name = "load",
        description = {
            "Asks a server as many clients would, and measures what they see: tokens a second, time to the first"
                    + " token, time between tokens. Any server of OpenAI's chat completions will do, so that two can"
                    + " be compared.",
            "Questions and pictures are drawn at random, so that no cache has met them."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class LoadCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(paramLabel = "URL", description = "The server's base address, such as http://127.0.0.1:8080.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private URI server;

    @Option(
            names = "--clients",
            paramLabel = "N",
            split = ",",
            description = "Clients at a time, one run for each number. Default: 1,4,16,64.")
    private List<Integer> clients = LoadOptions.DEFAULT_CLIENTS;

    @Option(
            names = "--mix",
            paramLabel = "WHAT",
            description = "text, picture, or both (every other client has pictures). Default: text.")
    private Mix mix = Mix.TEXT;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "Questions of each client. Default: ${DEFAULT-VALUE}.")
    private int requests = 4;

    @Option(names = "--prompt-words", paramLabel = "N", description = "Words of a question. Default: ${DEFAULT-VALUE}.")
    private int promptWords = 32;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "Tokens of an answer; models are asked not to end before. Default: ${DEFAULT-VALUE}.")
    private int maxTokens = 64;

    @Option(
            names = "--picture-size",
            paramLabel = "N",
            description = "Width and height of pictures, in pixels. Default: ${DEFAULT-VALUE}.")
    private int pictureSize = 336;

    @Option(
            names = "--temp",
            paramLabel = "T",
            description = "Temperature of sampling; models with random weights write no text at 0. Default:"
                    + " ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(
            names = "--fields",
            paramLabel = "JSON",
            description = "An object whose fields are added to each request, or replace those that are there.")
    private String fields = "{}";

    @Option(
            names = "--stall",
            paramLabel = "N",
            description = "Also measure N streams of text while one more client shows pictures.")
    private int stall;

    @Option(names = "--again", description = "Also measure pictures that are asked about twice.")
    private boolean again;

    @Option(names = "--model-name", paramLabel = "NAME", description = "Model to name in requests. Default: default.")
    private String model = "default";

    @Option(names = "--api-key-file", paramLabel = "FILE", description = "Send the first line of this file as the key.")
    private @Nullable Path keyFile;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Most seconds until an answer begins. Default: ${DEFAULT-VALUE}.")
    private int timeout = 600;

    @Option(names = "--seed", paramLabel = "N", description = "Of questions and pictures. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    LoadCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws InterruptedException {
        LoadOptions options = new LoadOptions(
                server,
                Optional.ofNullable(keyFile).map(LoadCommand::firstLine),
                model,
                requests,
                promptWords,
                maxTokens,
                pictureSize,
                temperature,
                fields,
                Duration.ofSeconds(timeout),
                seed);
        for (int count : clients) {
            if (count < 1 || count > 4096) {
                throw new IllegalArgumentException("--clients must be 1 to 4096, not " + count);
            }
        }
        ProgressLine progress = root.progress();
        List<LevelReport> levels = new ArrayList<>();
        Optional<LevelReport> stalled = Optional.empty();
        Optional<AgainReport> asked = Optional.empty();
        try (LoadTest test = new LoadTest(options)) {
            progress.show("asking " + server + " once");
            String refusal = test.warmUp(stall > 0 || again ? Mix.BOTH : mix);
            if (!refusal.isEmpty()) {
                throw new Failure(ExitCode.FAILURE, server + " does not answer: " + refusal);
            }
            for (int count : clients) {
                levels.add(test.run(count, mix, shown(progress, count + " clients")));
            }
            if (stall > 0) {
                stalled = Optional.of(test.stall(stall, shown(progress, "text beside pictures")));
            }
            if (again) {
                progress.show("the same pictures again");
                asked = Optional.of(test.again());
            }
        } finally {
            progress.clear();
        }
        LoadReport report = new LoadReport(server, levels, stalled, asked);
        if (json) {
            root.out().line(Json.text(report.document()));
        } else {
            report.lines().forEach(root.out()::line);
        }
        return report.failed() == 0 ? ExitCode.OK : ExitCode.FAILURE;
    }

    private static BiConsumer<Integer, Integer> shown(ProgressLine progress, String what) {
        return (done, all) -> progress.show(what + " " + EvalReport.bar(done, all));
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).lines().findFirst().orElse("").strip();
        } catch (IOException e) {
            throw new Failure(ExitCode.USAGE, "cannot read the key file " + file + ": " + e.getMessage());
        }
    }
}
