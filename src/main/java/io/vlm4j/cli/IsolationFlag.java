package io.vlm4j.cli;

import io.vlm4j.isolation.AdapterFiles;
import io.vlm4j.isolation.IsolatedVlm;
import io.vlm4j.isolation.IsolationOptions;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Whether the model runs in a process of its own, which may die without this one.
final class IsolationFlag {
    @Option(
            names = "--isolated",
            description = "Run the model in a process of its own: what kills that is an error here (exit code "
                    + ExitCode.WORKER + "), and the next question gets a new one.")
    private boolean isolated;

    boolean isOn() {
        return isolated;
    }

    /// @throws Failure when the option that is given cannot be had with it
    void refuse(boolean given, String option, String why) {
        if (isolated && given) {
            throw new Failure(ExitCode.USAGE, option + " cannot be had with --isolated: " + why);
        }
    }

    /// @throws Failure when the control vector is for another model
    static IsolatedVlm open(Path model, Optional<Path> projector, VlmOptions options, AdapterFiles adapters) {
        IsolationOptions isolation = IsolationOptions.defaults();
        IsolatedVlm vlm = projector
                .map(file -> IsolatedVlm.open(model, file, options, isolation))
                .orElseGet(() -> IsolatedVlm.openText(model, options, isolation));
        try {
            if (!adapters.isEmpty()) {
                vlm.use(adapters);
            }
            return vlm;
        } catch (IllegalArgumentException e) {
            vlm.close();
            throw new Failure(ExitCode.MODEL, "--control-vector: " + e.getMessage(), e);
        } catch (Throwable t) {
            vlm.close();
            throw t;
        }
    }
}
