package io.vlm4j.cli;

import io.vlm4j.media.ImageInput;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A picture as it was named on the command line; `-` is standard input.
record Picture(String name, ImageInput image) {
    static final String STANDARD_INPUT = "-";

    /// Files are looked for now, before a model is loaded for nothing; standard input is read.
    ///
    /// @throws Failure when a file is missing, naming every such file, or standard input is named twice
    static List<Picture> of(List<String> names, InputStream in) {
        if (names.stream().filter(STANDARD_INPUT::equals).count() > 1) {
            throw new Failure(ExitCode.USAGE, "standard input (-) can be one picture only");
        }
        List<String> missing = names.stream()
                .filter(name -> !name.equals(STANDARD_INPUT) && !Files.exists(path(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new Failure(ExitCode.IMAGE, "no such file: " + String.join(", ", missing));
        }
        List<Picture> pictures = new ArrayList<>();
        for (String name : names) {
            ImageInput image = name.equals(STANDARD_INPUT) ? ImageInput.of(in) : ImageInput.of(path(name));
            pictures.add(new Picture(name, image));
        }
        return List.copyOf(pictures);
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) { // most often a name in UTF-8 where the locale is another
            throw new Failure(
                    ExitCode.IMAGE,
                    "not a file name under the locale of this process: " + name + " (try LC_ALL=C.UTF-8)",
                    e);
        }
    }
}
