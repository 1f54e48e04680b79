package io.vlm4j.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/// A case that should not have gone as it went.
///
/// @param replay  the case
/// @param message in a line
/// @param began   the first case of the same process: what it did before may matter
public record Offence(CaseRange replay, What what, String message, int began) {
    /// How it went.
    public enum What {
        /// The process ended.
        DIED,
        /// It took longer than allowed, and did so again.
        HUNG,
        /// The process took more memory than allowed.
        GREW,
        /// An exception that is not documented.
        WRONG
    }

    /// Copies its input to a folder and writes beside it what happened.
    Path keep(Path folder, Path input, String details) throws IOException {
        Files.createDirectories(folder);
        String name = replay.kind().label() + "-" + replay.seed() + "-" + replay.first();
        Path kept = folder.resolve(name + replay.kind().suffix());
        if (Files.exists(input)) {
            Files.copy(input, kept, StandardCopyOption.REPLACE_EXISTING);
        }
        CaseRange session = new CaseRange(replay.kind(), replay.seed(), began, replay.first());
        Files.writeString(
                folder.resolve(name + ".txt"),
                what.name().toLowerCase(Locale.ROOT) + ": " + message + "\n"
                        + "replay: vlm4j fuzz --replay " + replay + "\n"
                        + "with all before it in its process: vlm4j fuzz --replay " + session + "\n\n" + details);
        return kept;
    }

    @Override
    public String toString() {
        return what.name().toLowerCase(Locale.ROOT) + " " + replay + " " + message;
    }
}
