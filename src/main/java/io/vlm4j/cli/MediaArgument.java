package io.vlm4j.cli;

import io.vlm4j.media.AudioFormat;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Media;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A picture or a sound as it was named on the command line; `-` is standard input. The content decides which it is,
/// and what is no sound is taken for a picture.
record MediaArgument(String name, Media media) {
    static final String STANDARD_INPUT = "-";

    private static final int ENOUGH_TO_TELL = 12;

    /// Files are looked for now, before a model is loaded for nothing; standard input is read.
    ///
    /// @throws Failure when a file is missing, naming every such file, or standard input is named twice
    static List<MediaArgument> of(List<String> names, InputStream in) {
        if (names.stream().filter(STANDARD_INPUT::equals).count() > 1) {
            throw new Failure(ExitCode.USAGE, "standard input (-) can be one file only");
        }
        List<String> missing = names.stream()
                .filter(name -> !name.equals(STANDARD_INPUT) && !Files.exists(UserPath.literal(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new Failure(ExitCode.IMAGE, "no such file: " + String.join(", ", missing));
        }
        List<MediaArgument> arguments = new ArrayList<>();
        for (String name : names) {
            arguments.add(
                    new MediaArgument(name, name.equals(STANDARD_INPUT) ? stream(in) : file(UserPath.literal(name))));
        }
        return List.copyOf(arguments);
    }

    boolean isSound() {
        return media instanceof AudioInput;
    }

    private static Media file(Path file) {
        if (Files.isDirectory(file)) {
            return ImageInput.of(file);
        }
        try (InputStream content = Files.newInputStream(file)) {
            if (!Files.isRegularFile(file)) { // a pipe: what was looked at is gone
                return stream(content);
            }
            return isSound(content.readNBytes(ENOUGH_TO_TELL)) ? AudioInput.of(file) : ImageInput.of(file);
        } catch (IOException e) {
            return ImageInput.of(file); // says so when it is read
        }
    }

    private static Media stream(InputStream in) {
        BufferedInputStream content = new BufferedInputStream(in);
        content.mark(ENOUGH_TO_TELL);
        boolean sound;
        try {
            sound = isSound(content.readNBytes(ENOUGH_TO_TELL));
            content.reset();
        } catch (IOException e) {
            throw new Failure(ExitCode.IMAGE, "the input cannot be read: " + e.getMessage(), e);
        }
        return sound ? AudioInput.of(content) : ImageInput.of(content);
    }

    private static boolean isSound(byte[] start) {
        return AudioFormat.of(start).isPresent();
    }
}
