package io.vlm4j.conversion.internal;

import java.nio.file.Path;
import java.util.regex.Pattern;

/// The name of a model or an adapter, which the names of its files begin with.
public final class CheckpointName {
    private static final int LONGEST = 100;
    private static final Pattern NAME = Pattern.compile("[\\p{Alnum}_][\\p{Alnum}_.+-]{0," + (LONGEST - 1) + "}");

    private CheckpointName() {}

    /// @throws IllegalArgumentException if the name is not one to 100 letters, digits, `_`, `.`, `+` and `-`
    public static void check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name '" + name + "' must be 1 to 100 letters, digits, _, ., + and -, beginning with none of .+-");
        }
    }

    /// The folder's, with `-` for what may not be in a name.
    public static String of(Path folder) {
        String last = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        String name = last.replaceAll("[^\\p{Alnum}_.+-]", "-").replaceFirst("^[.+-]+", "");
        return name.isEmpty() ? "model" : name.length() > LONGEST ? name.substring(0, LONGEST) : name;
    }
}
