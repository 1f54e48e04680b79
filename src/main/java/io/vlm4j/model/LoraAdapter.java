package io.vlm4j.model;

import io.vlm4j.model.internal.LoraAdapterImpl;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A LoRA adapter: low-rank matrices that are added to a model's weights while it computes, by the contexts that
/// are told to ([io.vlm4j.inference.Adapters]). The weights themselves are never changed, so any number of contexts
/// may use different adapters of one model at the same time, and switching costs no loading.
///
/// {@snippet class="io.vlm4j.snippets.AdapterSnippets" region="lora"}
///
/// - **Owner**: its model.
/// - **Threads**: immutable and thread-safe; several contexts may use it at the same time.
/// - **Close**: takes it from the contexts that use it, which forget what they hold and refuse to evaluate until
///   they are told what to use instead; then frees it, once. Refused with an [IllegalStateException] that names the
///   context while one of them is at work; nothing has changed then. Closing the model closes its contexts first.
public sealed interface LoraAdapter extends AutoCloseable permits LoraAdapterImpl {
    Model model();

    Path path();

    /// What tells its file from others, as 64 hexadecimal digits; see [io.vlm4j.gguf.GgufFile#fingerprint].
    String fingerprint();

    /// The `general.architecture` of the file, which is the model's.
    String architecture();

    /// The `adapter.lora.alpha` of the file: a matrix of rank r is added `scale * alpha / r` times; 0 (or none in
    /// the file): `scale` times.
    float alpha();

    /// The rank of its matrices; where they differ, the largest.
    int rank();

    /// How many of the model's matrices it changes.
    int matrices();

    /// Tensors of the file that llama.cpp does not apply: norms that were trained as well. Usually empty.
    List<String> ignoredTensors();

    /// What it is for, in the words of its file (`adapter.lora.task_name`).
    Optional<String> taskName();

    /// What prompts should begin with for it to work (`adapter.lora.prompt_prefix`). It is not added to any prompt.
    Optional<String> promptPrefix();

    @Override
    void close();
}
