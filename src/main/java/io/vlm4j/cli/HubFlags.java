package io.vlm4j.cli;

import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.HubOptions;
import io.vlm4j.hub.HubToken;
import io.vlm4j.hub.PushOptions;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where and how to push. There is no option for the token itself: others could see it on the command line.
final class HubFlags {
    @Option(names = "--private", description = "Make the repository private, if it is made.")
    private boolean hidesRepo;

    @Option(
            names = "--revision",
            paramLabel = "BRANCH",
            description = "Push to this branch, which is made if it is not there. Default: main.")
    private String revision = PushOptions.defaults().revision();

    @Option(names = "--message", paramLabel = "TEXT", description = "Of the commit. Default: ${DEFAULT-VALUE}.")
    private String message = PushOptions.defaults().message();

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "The hub. Default: HF_ENDPOINT, or https://huggingface.co.")
    private @Nullable URI endpoint;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The file that the token is in. Default: HF_TOKEN, or where Hugging Face's tools keep it.")
    private @Nullable Path tokenFile;

    /// @throws Failure when a setting makes no sense
    HubClient open() {
        try {
            HubOptions options = HubOptions.ofEnvironment();
            if (endpoint != null) {
                options = options.withEndpoint(endpoint);
            }
            if (tokenFile != null) {
                options = options.withToken(HubToken.ofFile(tokenFile));
            }
            return HubClient.open(options);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new Failure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    /// @throws Failure when a setting makes no sense
    PushOptions options() {
        try {
            return PushOptions.defaults()
                    .withHidesRepo(hidesRepo)
                    .withRevision(revision)
                    .withMessage(message);
        } catch (IllegalArgumentException e) {
            throw Failure.ofSetting(e);
        }
    }
}
