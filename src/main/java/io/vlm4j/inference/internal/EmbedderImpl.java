package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Embedder;
import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.ThreadGuard;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A native context that keeps no text: each is evaluated as a whole and forgotten.
public final class EmbedderImpl implements Embedder {
    private static final int SEQUENCE = 0;

    private final ModelImpl model;
    private final ContextParts parts;
    private final LlamaBatch batch;
    private final ThreadGuard guard;
    private final int length;

    private EmbedderImpl(ModelImpl model, ContextParts parts, int length) {
        this.model = model;
        this.parts = parts;
        this.length = length;
        this.batch = new LlamaBatch(length, parts.arena());
        this.guard = new ThreadGuard("the embedder of " + model.handle().description());
    }

    public static EmbedderImpl create(Model model, ContextOptions options) {
        ModelImpl owner = (ModelImpl) model;
        owner.requireLlama("embeddings of texts");
        int length = options.contextLength() > 0
                ? options.contextLength()
                : Math.min(model.trainedContextLength(), DEFAULT_LENGTH);
        ContextOptions whole = ContextOptions.builder() // pooling sees one micro-batch
                .threads(options.threads())
                .batchThreads(options.batchThreads())
                .flashAttention(options.flashAttention())
                .cacheType(options.cacheType())
                .batchSize(length)
                .microBatchSize(length)
                .build();
        Room.require(owner, whole, length, 1);
        ContextParts.Use use = new ContextParts.Use(1, pooling(owner));
        return owner.handle()
                .newChild(() -> new EmbedderImpl(
                        owner, ContextParts.create(owner, whole, length, use, MemorySegment.NULL), length));
    }

    private static LlamaContexts.Pooling pooling(ModelImpl model) {
        try (GgufFile file = GgufFile.open(model.path())) {
            long own = file.integer(model.architecture() + ".pooling_type").orElse(0);
            return own == 0 ? LlamaContexts.Pooling.MEAN : LlamaContexts.Pooling.MODEL;
        }
    }

    @Override
    public int size() {
        return model.embeddingSize();
    }

    @Override
    public int contextLength() {
        return length;
    }

    @Override
    public float[] embed(int[] tokens) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("no tokens to embed");
        }
        ((TokenizerImpl) model.tokenizer()).check(tokens);
        if (tokens.length > length) {
            throw new Vlm4jException.ContextFull(
                    tokens.length + " tokens do not fit into " + length + ", the most that are embedded at once");
        }
        guard.enter();
        try {
            MemorySegment context = parts.handle().segment();
            LlamaContexts.clear(context);
            batch.clear();
            for (int i = 0; i < tokens.length; i++) {
                batch.add(tokens[i], i, SEQUENCE, true);
            }
            int code = model.adapterSet().whileUnchanged(() -> LlamaContexts.decode(context, batch.segment()));
            if (code != 0) {
                throw code == LlamaContexts.EXCEPTION
                        ? Shim.failure(Vlm4jException.Inference::new, "cannot embed", Shim.NO_LOG, context)
                        : new Vlm4jException.Inference("cannot embed: llama_decode gave " + code);
            }
            return normalized(
                    LlamaContexts.embeddings(context, SEQUENCE, size()).toArray(ValueLayout.JAVA_FLOAT));
        } finally {
            guard.exit();
        }
    }

    private static float[] normalized(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }

    @Override
    public void close() {
        parts.close();
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return "embedder of " + model.handle().description();
    }
}
