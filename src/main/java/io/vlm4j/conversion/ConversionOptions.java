package io.vlm4j.conversion;

import java.util.Optional;
import java.util.regex.Pattern;

/// Settings of a conversion.
///
/// @param type          how the text model's matrices are stored
/// @param projectorType how those of vision tower and projector are stored where they have a file of their own
/// @param name          the model's name, which the names of the files begin with; by default the folder's
public record ConversionOptions(WeightType type, WeightType projectorType, Optional<String> name) {
    private static final Pattern NAME = Pattern.compile("[\\p{Alnum}_][\\p{Alnum}_.+-]{0,99}");

    /// @throws IllegalArgumentException if the name is not one to 100 letters, digits, `_`, `.`, `+` and `-`
    public ConversionOptions {
        name.ifPresent(given -> {
            if (!NAME.matcher(given).matches()) {
                throw new IllegalArgumentException("name '" + given
                        + "' must be 1 to 100 letters, digits, _, ., + and -, beginning with none of .+-");
            }
        });
    }

    /// The text model in this type, vision tower and projector in F16.
    public static ConversionOptions of(WeightType type) {
        return new ConversionOptions(type, WeightType.F16, Optional.empty());
    }

    public ConversionOptions withProjectorType(WeightType value) {
        return new ConversionOptions(type, value, name);
    }

    public ConversionOptions withName(String value) {
        return new ConversionOptions(type, projectorType, Optional.of(value));
    }
}
