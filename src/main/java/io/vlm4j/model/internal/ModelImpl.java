package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.runtime.NativeRuntime;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A loaded model and what is made from it.
public final class ModelImpl implements Model {
    private final Path path;
    private final ModelHeader header;
    private final NativeHandle handle;
    private final TokenizerImpl tokenizer;
    private final Optional<GraphModel> graph;
    private final Offload offload;
    private final AdapterSet adapterSet = new AdapterSet();

    private ModelImpl(Path path, ModelHeader header, NativeHandle handle, int gpuLayers) {
        this.path = path;
        this.header = header;
        this.handle = handle;
        this.tokenizer = new TokenizerImpl(handle);
        this.graph = Optional.empty();
        this.offload = Offload.of(gpuLayers, LlamaModels.layers(handle.segment()));
    }

    private ModelImpl(Path path, ModelHeader header, NativeHandle handle, GraphModel graph, int gpuLayers) {
        this.path = path;
        this.header = header;
        this.handle = handle;
        this.tokenizer =
                new TokenizerImpl(handle, UnigramEncoder.of(graph.weights().file()));
        this.graph = Optional.of(graph);
        this.offload = Offload.of(gpuLayers, 0); // nothing between all and none
    }

    public static ModelImpl open(Path path, ModelOptions options) {
        ModelHeader header = ModelHeader.read(path);
        NativeRuntime.load();
        requireRoom(path, header.memory(), options);
        if (GraphModel.isOf(header.architecture())) {
            return openGraph(path, header, options);
        }
        NativeHandle handle = LlamaModels.load(
                path,
                new LlamaModels.Parameters(
                        options.gpuLayers(), options.memoryMap(), options.memoryLock(), false, options.checkTensors()),
                options.listener()::onProgress);
        if (LlamaModels.hasEncoder(handle.segment()) || !LlamaModels.hasDecoder(handle.segment())) {
            handle.close();
            throw new Vlm4jException.ModelLoad(path + " is a model with an encoder (" + header.architecture()
                    + "); only decoder models can generate here");
        }
        try {
            return new ModelImpl(path, header, handle, options.gpuLayers());
        } catch (Throwable unusable) { // a vocabulary of no tokens, for one
            handle.close();
            throw unusable;
        }
    }

    private static ModelImpl openGraph(Path path, ModelHeader header, ModelOptions options) {
        if (!options.listener().onProgress(0)) {
            throw new Vlm4jException.Cancelled("loading " + path + " was cancelled");
        }
        GraphModel graph = GraphModel.open(path, options);
        try {
            NativeHandle handle = VocabularyFile.load(graph.weights().file());
            try {
                ModelImpl model = new ModelImpl(path, header, handle, graph, options.gpuLayers());
                if (model.tokenizer.size() != graph.decoder().vocabulary()) {
                    throw new Vlm4jException.InvalidFile(path + " has " + model.tokenizer.size() + " tokens, but "
                            + graph.decoder().vocabulary() + " rows of embeddings");
                }
                if (!options.listener().onProgress(1)) {
                    throw new Vlm4jException.Cancelled("loading " + path + " was cancelled");
                }
                handle.newChild(() -> graph);
                return model;
            } catch (Throwable unusable) {
                handle.close();
                throw unusable;
            }
        } catch (Throwable unusable) {
            graph.close();
            throw unusable;
        }
    }

    /// The native model, or its vocabulary alone; contexts and the like are adopted by it.
    public NativeHandle handle() {
        return handle;
    }

    /// What computes it when llama.cpp cannot.
    public Optional<GraphModel> graph() {
        return graph;
    }

    /// @param what that graphs of our own do not have
    /// @throws Vlm4jException.ModelLoad unless llama.cpp computes the model
    public void requireLlama(String what) {
        if (graph.isPresent()) {
            throw new Vlm4jException.ModelLoad(what + " cannot be had with " + path + ": a model of architecture "
                    + architecture() + " is computed by a graph of vlm4j's own, which does not know them");
        }
    }

    public Offload offload() {
        return offload;
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

    /// What is kept of the header of its file.
    ModelHeader header() {
        return header;
    }

    /// The chat templates in its file, of which native code takes those that it wants.
    public List<String> chatTemplates() {
        return header.chatTemplates();
    }

    /// What it and its contexts take.
    public DecoderMemory memory() {
        return header.memory();
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String architecture() {
        return header.architecture();
    }

    @Override
    public String description() {
        MemorySegment open = handle.segment();
        return graph.map(own -> architecture() + " "
                        + own.weights().file().string("general.name").orElse(""))
                .map(String::strip)
                .orElseGet(() -> LlamaModels.describe(open));
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int trainedContextLength() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().contextLength()).orElseGet(() -> LlamaModels.trainedContextLength(open));
    }

    @Override
    public int embeddingSize() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().width()).orElseGet(() -> LlamaModels.embeddingSize(open));
    }

    /// Floats in a row of media embeddings.
    public int inputEmbeddingSize() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().width()).orElseGet(() -> LlamaModels.inputEmbeddingSize(open));
    }

    @Override
    public int layers() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().layers()).orElseGet(() -> LlamaModels.layers(open));
    }

    @Override
    public int heads() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().heads()).orElseGet(() -> LlamaModels.heads(open));
    }

    @Override
    public int keyValueHeads() {
        MemorySegment open = handle.segment();
        return graph.map(own -> own.decoder().keyValueHeads()).orElseGet(() -> LlamaModels.keyValueHeads(open));
    }

    @Override
    public long parameters() {
        MemorySegment open = handle.segment();
        return graph.map(GraphModel::parameters).orElseGet(() -> LlamaModels.parameters(open));
    }

    @Override
    public long sizeInBytes() {
        MemorySegment open = handle.segment();
        return graph.map(GraphModel::sizeInBytes).orElseGet(() -> LlamaModels.sizeInBytes(open));
    }

    @Override
    public boolean seesByItself() {
        return graph.isPresent();
    }

    @Override
    public Projector openProjector(Path projectorPath, ProjectorOptions options) {
        return graph.<Projector>map(own -> GraphProjector.open(this, own, projectorPath, options))
                .orElseGet(() -> ProjectorImpl.open(this, projectorPath, options));
    }

    @Override
    public LoraAdapter openAdapter(Path adapterPath) {
        requireLlama("LoRA adapters");
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
