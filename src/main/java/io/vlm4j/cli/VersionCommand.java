package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.runtime.NativeRuntime;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j version`: what is running here? Answers, too, where the native libraries are missing: that is when people
/// ask.
@Command(
        name = "version",
        description = "Shows versions, and where the native libraries come from.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class VersionCommand implements Callable<Integer> {
    private final RootCommand root;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    VersionCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        ObjectNode document = Json.object()
                .put("vlm4j", Version.ofVlm4j())
                .put("llama_cpp", NativeRuntime.LLAMA_CPP_VERSION)
                .put("java", System.getProperty("java.vendor") + " " + Runtime.version())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        try {
            NativeRuntime runtime = NativeRuntime.load();
            document.put("ggml", runtime.ggmlVersion()).put("libraries", runtime.origin());
        } catch (Vlm4jException.NativeLoad e) {
            document.putNull("ggml").putNull("libraries").put("problem", e.getMessage());
        }
        if (json) {
            root.out().line(Json.text(document));
        } else {
            document.properties()
                    .forEach(entry -> root.out()
                            .line(String.format(
                                    "%-10s %s",
                                    entry.getKey().replace('_', '.'),
                                    entry.getValue().isNull()
                                            ? "-"
                                            : entry.getValue().asString())));
        }
        return ExitCode.OK;
    }
}
