package io.vlm4j.conversion;

import io.vlm4j.conversion.internal.CheckpointName;
import java.util.Optional;

/// Settings of a conversion.
///
/// @param type          how the text model's matrices are stored
/// @param projectorType how those of vision tower and projector are stored where they have a file of their own
/// @param name          the model's name, which the names of the files begin with; by default the folder's
public record ConversionOptions(WeightType type, WeightType projectorType, Optional<String> name) {
    /// @throws IllegalArgumentException if the name is not one to 100 letters, digits, `_`, `.`, `+` and `-`
    public ConversionOptions {
        name.ifPresent(CheckpointName::check);
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
