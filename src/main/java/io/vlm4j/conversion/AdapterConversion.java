package io.vlm4j.conversion;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.conversion.internal.AdaptedModel;
import io.vlm4j.conversion.internal.AdapterPlan;
import io.vlm4j.conversion.internal.CheckpointName;
import io.vlm4j.conversion.internal.OutputFolder;
import io.vlm4j.conversion.internal.PeftFolder;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes a GGUF file of a LoRA adapter as Python's `peft` saves it, in pure Java: for [io.vlm4j.vlm.Vlm#openAdapter]
/// and for llama.cpp's tools.
///
/// {@snippet class=io.vlm4j.snippets.ConversionSnippets region=adapter}
///
/// Rank-stabilized adapters and those with ranks and alphas of their own for some matrices are known: where the file's
/// one alpha cannot say how much a matrix counts, its `lora_b` is multiplied. What an adapter file cannot hold, such as
/// DoRA's magnitudes, biases and whole matrices (`modules_to_save`), is refused by name.
public final class AdapterConversion {
    private AdapterConversion() {}

    /// Whether this is a folder that `peft` has saved an adapter to.
    public static boolean isAdapter(Path folder) {
        return Files.isRegularFile(folder.resolve(PeftFolder.CONFIGURATION));
    }

    /// Converts an adapter. Everything is checked against the base model before the first byte is written; the file
    /// appears when it is whole. The same adapter and options always give the same bytes.
    ///
    /// @param folder with `adapter_config.json` and `adapter_model.safetensors`
    /// @param base   the model that it was trained beside: a GGUF file, of any quantization, or a Hugging Face folder,
    ///     of which only `config.json` is read
    /// @param out    takes `NAME-lora-TYPE.gguf`; made if there is none
    /// @throws InvalidFile          if something is missing, damaged, of a kind that no adapter file can hold, or does
    ///     not fit the base model; the message tells what was expected and what was found
    /// @throws UncheckedIOException if the file cannot be written
    public static ConvertedAdapter convert(Path folder, Path base, Path out, AdapterOptions options) {
        AdaptedModel model = AdaptedModel.of(base);
        try (PeftFolder adapter = PeftFolder.open(folder)) {
            AdapterPlan plan = AdapterPlan.of(adapter, model, options);
            OutputFolder.prepare(out, plan.byteSize());
            String name = options.name().orElseGet(() -> CheckpointName.of(folder));
            Path file = out.resolve(name + "-lora-" + options.type().label() + ".gguf");
            plan.write(file);
            return new ConvertedAdapter(
                    file, model.architecture(), plan.matrices(), plan.rank(), plan.alpha(), plan.leftOut());
        }
    }
}
