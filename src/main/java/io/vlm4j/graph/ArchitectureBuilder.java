package io.vlm4j.graph;

/// Collects the parts of an [Architecture]. Not thread-safe.
public final class ArchitectureBuilder {
    private int layers;
    private int width;
    private int heads;
    private int keyValueHeads;
    private int headSize;
    private int feedForward;
    private int vocabulary;
    private int contextLength;
    private Norm norm = new Norm(Norm.Kind.RMS, 1e-5f);
    private Positions positions = new Positions.None();
    private Activation activation = Activation.SILU;
    private boolean gated = true;
    private Architecture.Biases biases = Architecture.Biases.NONE;
    private boolean headNorms;
    private boolean innerNorms;
    private boolean tiedHead;
    private boolean causal = true;
    private float embeddingScale = 1;

    ArchitectureBuilder() {}

    /// @param newLayers number of layers
    /// @param newWidth  of the rows
    /// @param newFeedForward the width between the feed-forward matrices
    public ArchitectureBuilder size(int newLayers, int newWidth, int newFeedForward) {
        layers = newLayers;
        width = newWidth;
        feedForward = newFeedForward;
        return this;
    }

    /// As many heads of keys and values as of queries, each with its share of the width.
    public ArchitectureBuilder heads(int number) {
        return heads(number, number, number < 1 ? 0 : width / number);
    }

    public ArchitectureBuilder heads(int queries, int keysAndValues, int size) {
        heads = queries;
        keyValueHeads = keysAndValues;
        headSize = size;
        return this;
    }

    public ArchitectureBuilder vocabulary(int tokens) {
        vocabulary = tokens;
        return this;
    }

    public ArchitectureBuilder contextLength(int length) {
        contextLength = length;
        return this;
    }

    public ArchitectureBuilder norm(Norm.Kind kind, float epsilon) {
        norm = new Norm(kind, epsilon);
        return this;
    }

    public ArchitectureBuilder positions(Positions kind) {
        positions = kind;
        return this;
    }

    public ArchitectureBuilder activation(Activation function, boolean hasGate) {
        activation = function;
        gated = hasGate;
        return this;
    }

    public ArchitectureBuilder biases(Architecture.Biases which) {
        biases = which;
        return this;
    }

    public ArchitectureBuilder headNorms(boolean present) {
        headNorms = present;
        return this;
    }

    public ArchitectureBuilder innerNorms(boolean present) {
        innerNorms = present;
        return this;
    }

    public ArchitectureBuilder tiedHead(boolean tied) {
        tiedHead = tied;
        return this;
    }

    public ArchitectureBuilder causal(boolean seesOnlyBefore) {
        causal = seesOnlyBefore;
        return this;
    }

    public ArchitectureBuilder embeddingScale(float factor) {
        embeddingScale = factor;
        return this;
    }

    /// @throws IllegalArgumentException naming what is missing or does not fit together
    public Architecture build() {
        return new Architecture(
                layers,
                width,
                heads,
                keyValueHeads,
                headSize,
                feedForward,
                vocabulary,
                contextLength,
                norm,
                positions,
                activation,
                gated,
                biases,
                headNorms,
                innerNorms,
                tiedHead,
                causal,
                embeddingScale);
    }
}
