package io.vlm4j.conversion;

import java.nio.file.Path;
import java.util.List;

/// The file that a conversion of an adapter made.
///
/// @param file         the adapter
/// @param architecture of the model that it is for, as GGUF files have it, such as `llama`
/// @param matrices     how many of the model's matrices it changes
/// @param rank         of its matrices; where they differ, the largest
/// @param alpha        the file's `adapter.lora.alpha`: a matrix of rank r is added `alpha / r` times
/// @param leftOut      modules that were left out because they are none of the text model's; empty unless
///     [AdapterOptions#textOnly]
public record ConvertedAdapter(
        Path file, String architecture, int matrices, int rank, float alpha, List<String> leftOut) {
    public ConvertedAdapter {
        leftOut = List.copyOf(leftOut);
    }
}
