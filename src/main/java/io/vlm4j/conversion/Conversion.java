package io.vlm4j.conversion;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.conversion.internal.Checkpoint;
import io.vlm4j.conversion.internal.FilePlan;
import io.vlm4j.conversion.internal.OutputFolder;
import io.vlm4j.conversion.internal.Plan;
import io.vlm4j.conversion.internal.Progress;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/// Makes GGUF files from a Hugging Face folder, in pure Java.
///
/// {@snippet class=io.vlm4j.snippets.ConversionSnippets region=convert}
///
/// Checkpoints of LLaVA-1.5 and LLaVA-NeXT with LLaMA and Mistral decoders become a text model and a projector, which
/// llama.cpp reads, too; so do LLaMA and Mistral without eyes, as one file. Fuyu and KOSMOS-2 become one file each, of
/// an architecture of our own. `docs/architectures.md` names what they hold.
///
/// Weights are mapped into memory and encoded piece by piece on all processors, so a heap of 512 MiB is enough for a
/// checkpoint of any size. The same checkpoint and options always give the same bytes.
///
/// Adapters are the business of [AdapterConversion].
public final class Conversion {
    private Conversion() {}

    /// Converts without telling anybody.
    ///
    /// @throws InvalidFile as the other
    public static ConvertedModel convert(Path folder, Path out, ConversionOptions options) {
        return convert(folder, out, options, ConversionListener.none());
    }

    /// Converts a checkpoint. Everything is read and checked before the first byte is written, but for the numbers
    /// themselves. A file appears when it is whole, in place of one that had its name; one that was interrupted goes
    /// on when the same conversion is started again.
    ///
    /// @param folder with config.json, safetensors files, and a tokenizer
    /// @param out    takes `NAME-TYPE.gguf` and, where the projector has a file of its own, `mmproj-NAME-TYPE.gguf`;
    ///     made if there is none
    /// @throws InvalidFile          if something in the folder is missing, damaged, of an unknown architecture, or
    ///     other than its configuration says; the message tells what was expected and what was found
    /// @throws UncheckedIOException if a file cannot be written, or there is not enough space for all of them
    /// @throws Cancelled            if the listener wanted to stop
    public static ConvertedModel convert(
            Path folder, Path out, ConversionOptions options, ConversionListener listener) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Plan plan = Plan.of(checkpoint, options);
            OutputFolder.prepare(out, plan.byteSize());
            Path model = out.resolve(plan.fileName(options.type()));
            Progress progress = new Progress(listener, plan.byteSize());
            Optional<Path> projector = plan.projector().map(file -> {
                Path path = out.resolve("mmproj-" + plan.fileName(options.projectorType()));
                file.write(path, checkpoint.origin(), progress, 0);
                return path;
            });
            long before = plan.projector().map(FilePlan::byteSize).orElse(0L);
            plan.model().write(model, checkpoint.origin(), progress, before);
            return new ConvertedModel(plan.architecture(), model, projector, plan.parameters());
        }
    }
}
