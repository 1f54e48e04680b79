package io.vlm4j.lifetimes;

import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A process that opens and closes a model with its projector and a context, again and again, and says what memory it
/// has after a tenth, half and all of the cycles.
final class Cycles {
    private static final long PAGE_KIBI = 4;

    private Cycles() {}

    /// @param arguments model, projector, picture (not looked at), number of cycles
    static void main(String... arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        Path mmproj = Path.of(arguments[1]);
        int cycles = Integer.parseInt(arguments[3]);
        StringBuilder said = new StringBuilder("KiB:");
        for (int i = 1; i <= cycles; i++) {
            try (Model opened = Model.open(model, ModelOptions.defaults())) {
                opened.openProjector(
                        mmproj, ProjectorOptions.builder().threads(1).build());
                ContextOptions options =
                        ContextOptions.builder().contextLength(256).threads(1).build();
                try (InferenceContext context = InferenceContext.create(opened, options)) {
                    context.decode(1);
                }
            }
            if (i == cycles / 10 || i == cycles / 2 || i == cycles) {
                said.append(' ').append(residentKibi());
            }
        }
        System.out.println(said);
    }

    private static long residentKibi() throws IOException {
        System.gc();
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * PAGE_KIBI;
    }
}
