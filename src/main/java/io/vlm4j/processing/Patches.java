package io.vlm4j.processing;

import io.vlm4j.tensor.Tensor;

/// A picture as a [PatchProcessor] leaves it. On the heap; immutable.
///
/// @param values  `F32` `[rows * columns, patch * patch * 3]`: patches row by row, and inside a patch rows,
///     columns, channels
/// @param rows    of patches
/// @param columns of patches
/// @param width   of the picture in pixels, without what was added
/// @param height  of the picture in pixels, without what was added
public record Patches(Tensor values, int rows, int columns, int width, int height) {}
