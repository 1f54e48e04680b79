package io.vlm4j.conversion;

import java.nio.file.Path;
import java.util.Optional;

/// The files that a conversion made.
///
/// @param architecture the checkpoint's architecture under its name in transformers, such as
///     `LlavaForConditionalGeneration`
/// @param model        the text model, or all of it where the architecture has but one file
/// @param projector    vision tower and projector, if they have a file of their own
/// @param parameters   the numbers in all tensors
public record ConvertedModel(String architecture, Path model, Optional<Path> projector, long parameters) {}
