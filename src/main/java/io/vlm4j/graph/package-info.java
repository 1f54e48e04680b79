/// Transformers that llama.cpp lacks, built as graphs over ggml: decoders with a memory of their own, and the models
/// made of them (Fuyu, KOSMOS-2).
///
/// [io.vlm4j.graph.Weights] maps a GGUF file, an [io.vlm4j.graph.Architecture] says what its decoder is made of, and an
/// [io.vlm4j.graph.Decoder] evaluates it.
@NullMarked
package io.vlm4j.graph;

import org.jspecify.annotations.NullMarked;
