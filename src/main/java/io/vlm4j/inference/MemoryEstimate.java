package io.vlm4j.inference;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.internal.Room;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.internal.DecoderMemory;
import io.vlm4j.model.internal.TowerMemory;
import java.nio.file.Path;

/// How much memory a model will take, by the headers of its files: nothing is loaded, and no native library is needed.
/// All in bytes. Immutable.
///
/// Cache, logits and weights are exact for models of llama's kind; the compute buffer is within a tenth. Models of
/// other kinds (state spaces, compressed keys) may take less than this says. Encoding is a bound.
///
/// {@snippet class="io.vlm4j.snippets.VlmSnippets" region="estimate"}
///
/// @param mapped    weights that are pages of their file: they take memory only while there is some to spare
/// @param weights   weights that are copied, be it because the file is not mapped or because the processor wants them
///     packed otherwise
/// @param cache     the KV cache
/// @param compute   what lives while a step is computed
/// @param logits    what is handed out
/// @param projector weights of the projector, which are copied
/// @param encoding  what lives while the largest picture is encoded
/// @param gpuShare  of weights, cache and compute, the part that is put on GPUs, from 0 to 1; a projector that may use
///     one is there as a whole
/// @param projectorOnGpu whether it may
public record MemoryEstimate(
        long mapped,
        long weights,
        long cache,
        long compute,
        long logits,
        long projector,
        long encoding,
        double gpuShare,
        boolean projectorOnGpu) {

    /// What a text model and a context for it take on the CPU.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, damaged, or contradicts itself
    public static MemoryEstimate of(Path model, ModelOptions modelOptions, ContextOptions contextOptions) {
        DecoderMemory memory = DecoderMemory.of(model);
        long copied = modelOptions.memoryMap() ? memory.repackable() : memory.weights();
        int length = contextOptions.contextLength() > 0
                ? contextOptions.contextLength()
                : (int) Math.min(memory.trainedLength(), ContextOptions.DEFAULT_LENGTH);
        Room room = Room.of(memory, contextOptions, length, 1);
        return new MemoryEstimate(
                memory.weights() - copied,
                copied,
                (long) room.cache(),
                (long) room.compute(),
                (long) room.logits(),
                0,
                0,
                0,
                false);
    }

    /// The same with so many of a model's layers on GPUs, which then hold their part of weights, cache and compute.
    ///
    /// @param share from 0 to 1
    public MemoryEstimate onGpu(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share must be from 0 to 1, not " + share);
        }
        return new MemoryEstimate(mapped, weights, cache, compute, logits, projector, encoding, share, projectorOnGpu);
    }

    /// The same with a projector and the encoding of its largest picture.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, damaged, or contradicts itself
    public MemoryEstimate withProjector(Path file, ProjectorOptions options) {
        TowerMemory tower = TowerMemory.of(file);
        return new MemoryEstimate(
                mapped,
                weights,
                cache,
                compute,
                logits,
                tower.weights(),
                (long) tower.largestEncoding(options),
                gpuShare,
                options.gpu());
    }

    /// Bytes of main memory that must be there, mapped files left out.
    public long mainMemory() {
        double own = (1 - gpuShare) * ((double) weights + cache + compute);
        boolean apart = gpuShare > 0 && projectorOnGpu;
        return (long) (own + logits + (apart ? 0 : (double) projector + encoding));
    }

    /// Bytes of GPU memory; weights that are mapped are copied there.
    public long gpuMemory() {
        double own = gpuShare * ((double) mapped + weights + cache + compute);
        boolean apart = gpuShare > 0 && projectorOnGpu;
        return (long) (own + (apart ? (double) projector + encoding : 0));
    }
}
