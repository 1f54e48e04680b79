package io.vlm4j.torture;

import io.vlm4j.torture.target.SeedFiles;
import io.vlm4j.torture.target.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Runs cases in this process, which may not outlive them, and says before each what comes, so that whoever watches
/// knows what ended it.
public final class FuzzWorker {
    private static final int FRAMES = 12;

    private final SeedFiles seeds;
    private final Path folder;
    private final Path keep;
    private final Consumer<String> tell;

    /// @param folder of this process alone, for the input of the case that runs
    /// @param keep   where inputs go that were answered with an exception that is not documented
    /// @param tell   takes lines: [Line]
    public FuzzWorker(SeedFiles seeds, Path folder, Path keep, Consumer<String> tell) {
        this.seeds = seeds;
        this.folder = folder;
        this.keep = keep;
        this.tell = tell;
    }

    public void run(CaseRange range) throws IOException {
        try (Target target = Target.open(range.kind(), seeds, folder)) {
            for (int number = range.first(); number <= range.last(); number++) {
                Path input = input(folder, range.kind());
                Files.deleteIfExists(input); // a new file, in case that somebody has the old one mapped
                Files.write(input, target.mutate(range.random(number)));
                tell.accept(Line.begins(number));
                tell.accept(Line.ends(number, result(target, input, range, number)));
            }
        }
    }

    static Path input(Path folder, FuzzKind kind) {
        return folder.resolve("case" + kind.suffix());
    }

    private String result(Target target, Path input, CaseRange range, int number) throws IOException {
        try {
            target.use(input);
            return Line.ACCEPTED;
        } catch (Throwable t) {
            if (target.isDocumented(t)) {
                return t.getClass().getSimpleName();
            }
            Offence offence = new Offence(range.only(number), Offence.What.WRONG, t.toString(), range.first());
            offence.keep(keep, input, described(t));
            return Line.WRONG + t.getClass().getSimpleName();
        }
    }

    private static String described(Throwable thrown) {
        StringBuilder text = new StringBuilder();
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            text.append(t).append('\n');
            StackTraceElement[] frames = t.getStackTrace();
            for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
                text.append("    at ").append(frames[i]).append('\n');
            }
        }
        // half surrogate pairs in messages cannot be written
        return new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
