package io.vlm4j.cli;

import io.vlm4j.gguf.GgufFile;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vlm4j info`: what is in this file? Needs no native libraries.
@Command(
        name = "info",
        description = "Shows what a GGUF file holds: a text model, or the vision tower and projector of one.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class InfoCommand implements Callable<Integer> {
    private final RootCommand root;

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..1",
            description = "A GGUF file; of a split model any part. Default: the bundled text model.")
    private @Nullable Path model;

    @Option(names = "--tensors", description = "List the tensors, too.")
    private boolean tensors;

    @Option(names = "--full", description = "Show long texts and lists in full.")
    private boolean full;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    InfoCommand(RootCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try (GgufFile file =
                GgufFile.open(model != null ? model : BundledModel.find().model())) {
            ModelFacts facts = ModelFacts.of(file);
            if (json) {
                root.out().line(Json.text(new InfoJson(facts, tensors, full).document()));
            } else {
                new InfoText(facts, tensors, full).print(root.out());
            }
        }
        return ExitCode.OK;
    }
}
