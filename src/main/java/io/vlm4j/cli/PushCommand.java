package io.vlm4j.cli;

import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushPlan;
import io.vlm4j.hub.PushResult;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vlm4j push`: a folder to the Hugging Face Hub.
@Command(
        name = "push",
        description = {
            "Sends a folder to a repository on the Hugging Face Hub, as one commit; the repository is made if it is not"
                    + " there. Hidden files and a training's checkpoints stay at home.",
            "Interrupted, it goes on where it was when it is started again."
        },
        sortOptions = false,
        abbreviateSynopsis = true)
final class PushCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder.")
    @SuppressWarnings("NullAway.Init") // by picocli
    private Path folder;

    @Parameters(index = "1", paramLabel = "OWNER/NAME", description = "The repository.")
    @SuppressWarnings("NullAway.Init")
    private String repo;

    @Parameters(
            index = "2..*",
            paramLabel = "FILE",
            description = "Send only these files, by their paths in the folder. Default: all.")
    private List<Path> files = List.of();

    @Mixin
    private HubFlags hub = new HubFlags();

    @Option(names = "--with-checkpoints", description = "Send checkpoints, too.")
    private boolean checkpoints;

    @Option(names = "--with-hidden", description = "Send files whose names begin with a dot, too.")
    private boolean hidden;

    @Option(names = "--dry-run", description = "Only tell what would be sent.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print one JSON document at the end.")
    private boolean json;

    PushCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        PushOptions options = hub.options().withCheckpoints(checkpoints).withHidden(hidden);
        try {
            if (dryRun) {
                tell(files.isEmpty() ? HubClient.plan(folder, options) : HubClient.plan(folder, files));
            } else {
                push(options);
            }
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        } catch (UncheckedIOException e) {
            throw new Failure(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        }
    }

    private void push(PushOptions options) {
        ProgressLine progress = root.progress();
        PushReport report = new PushReport(root, progress, repo);
        PushResult result;
        try (Interruption.Work _ = root.interruption().begin();
                HubClient client = hub.open()) {
            root.interruption().onRequest(Thread.currentThread()::interrupt);
            result = files.isEmpty()
                    ? client.push(folder, repo, options, report)
                    : client.push(folder, files, repo, options, report);
        } finally {
            progress.clear();
        }
        if (json) {
            root.out().line(Json.text(PushReport.document(result)));
        } else {
            report.tell(result);
        }
    }

    private void tell(PushPlan plan) {
        if (json) {
            root.out().line(Json.text(PushReport.document(plan)));
            return;
        }
        root.note(PushReport.line(plan));
        plan.files().forEach(root.out()::line);
    }
}
