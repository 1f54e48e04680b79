package io.vlm4j.conversion;

import io.vlm4j.conversion.internal.CheckpointName;
import java.util.Optional;

/// Settings of the conversion of an adapter.
///
/// @param type     how its matrices are stored: F32, F16 or BF16
/// @param name     what the file's name begins with; by default the folder's
/// @param textOnly whether what it changes in the vision tower and the projector is left out; else it is refused,
///     because adapter files reach the text model only
public record AdapterOptions(WeightType type, Optional<String> name, boolean textOnly) {
    /// @throws IllegalArgumentException if the type is quantized, or the name is not one to 100 letters, digits, `_`,
    ///     `.`, `+` and `-`
    public AdapterOptions {
        if (type.base().isQuantized()) {
            throw new IllegalArgumentException(
                    "type " + type.label() + " must be f32, f16 or bf16: adapters are not quantized");
        }
        name.ifPresent(CheckpointName::check);
    }

    /// In F32, and nothing left out.
    public static AdapterOptions defaults() {
        return new AdapterOptions(WeightType.F32, Optional.empty(), false);
    }

    public AdapterOptions withType(WeightType value) {
        return new AdapterOptions(value, name, textOnly);
    }

    public AdapterOptions withName(String value) {
        return new AdapterOptions(type, Optional.of(value), textOnly);
    }

    public AdapterOptions withTextOnly(boolean value) {
        return new AdapterOptions(type, name, value);
    }
}
