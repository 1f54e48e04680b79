package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.runtime.NativeRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A loaded model and what is made from it.
public final class ModelImpl implements Model {
    private final Path path;
    private final String architecture;
    private final NativeHandle handle;
    private final TokenizerImpl tokenizer;
    private final DecoderMemory memory;
    private final AdapterSet adapterSet = new AdapterSet();

    private ModelImpl(Path path, String architecture, DecoderMemory memory, NativeHandle handle) {
        this.path = path;
        this.architecture = architecture;
        this.memory = memory;
        this.handle = handle;
        this.tokenizer = new TokenizerImpl(handle);
    }

    public static ModelImpl open(Path path, ModelOptions options) {
        String architecture = GgufHeader.architecture(path);
        if (architecture.equals(GgufHeader.PROJECTOR)) {
            throw new Vlm4jException.ModelLoad(path + " is a projector (mmproj) file, not a text model");
        }
        NativeRuntime.load();
        DecoderMemory memory = DecoderMemory.of(path);
        requireRoom(path, memory, options);
        NativeHandle handle = LlamaModels.load(
                path,
                new LlamaModels.Parameters(
                        options.gpuLayers(), options.memoryMap(), options.memoryLock(), false, options.checkTensors()),
                options.listener()::onProgress);
        if (LlamaModels.hasEncoder(handle.segment()) || !LlamaModels.hasDecoder(handle.segment())) {
            handle.close();
            throw new Vlm4jException.ModelLoad(
                    path + " is a model with an encoder (" + architecture + "); only decoder models can generate here");
        }
        try {
            return new ModelImpl(path, architecture, memory, handle);
        } catch (Throwable unusable) { // a vocabulary of no tokens, for one
            handle.close();
            throw unusable;
        }
    }

    /// The native model; contexts and the like are adopted by it.
    public NativeHandle handle() {
        return handle;
    }

    public AdapterSet adapterSet() {
        return adapterSet;
    }

    private static void requireRoom(Path path, DecoderMemory memory, ModelOptions options) {
        boolean stays = options.memoryMap() && !options.memoryLock();
        double bytes = (stays ? 0 : memory.weights()) + (options.memoryMap() ? memory.repackable() : 0.0);
        MemoryCheck.require(
                bytes,
                () -> String.format(
                        Locale.ROOT,
                        "%s needs %.1f GiB of main memory for its weights%s%s",
                        path,
                        bytes / (1L << 30),
                        MemoryCheck.MACHINE,
                        stays ? "take a smaller quantization" : "map the file without locking it (memoryMap)"));
    }

    /// The chat templates in its file, of which native code takes those that it wants.
    public List<String> chatTemplates() {
        try (GgufFile file = GgufFile.open(path)) {
            return file.metadata().entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("tokenizer.chat_template"))
                    .map(Map.Entry::getValue)
                    .filter(value -> value.type() == GgufType.STRING)
                    .map(GgufValue::asString)
                    .toList();
        }
    }

    /// What it and its contexts take.
    public DecoderMemory memory() {
        return memory;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String architecture() {
        return architecture;
    }

    @Override
    public String description() {
        return LlamaModels.describe(handle.segment());
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int trainedContextLength() {
        return LlamaModels.trainedContextLength(handle.segment());
    }

    @Override
    public int embeddingSize() {
        return LlamaModels.embeddingSize(handle.segment());
    }

    /// Floats in a row of media embeddings.
    public int inputEmbeddingSize() {
        return LlamaModels.inputEmbeddingSize(handle.segment());
    }

    @Override
    public int layers() {
        return LlamaModels.layers(handle.segment());
    }

    @Override
    public int heads() {
        return LlamaModels.heads(handle.segment());
    }

    @Override
    public int keyValueHeads() {
        return LlamaModels.keyValueHeads(handle.segment());
    }

    @Override
    public long parameters() {
        return LlamaModels.parameters(handle.segment());
    }

    @Override
    public long sizeInBytes() {
        return LlamaModels.sizeInBytes(handle.segment());
    }

    @Override
    public Projector openProjector(Path projectorPath, ProjectorOptions options) {
        return ProjectorImpl.open(this, projectorPath, options);
    }

    @Override
    public LoraAdapter openAdapter(Path adapterPath) {
        return LoraAdapterImpl.open(this, adapterPath);
    }

    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
