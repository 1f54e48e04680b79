package io.vlm4j.graph.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Positions;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The graph of a decoder for one [Form] of input. It can be computed any number of times, with other numbers each
/// time.
final class DecoderGraph implements AutoCloseable {
    private static final int NODES_OF_LAYER = 64;
    private static final int NODES_BESIDE = 64;

    /// What a graph was built for.
    ///
    /// @param tokens     rows that are tokens
    /// @param embeddings rows that are embeddings
    /// @param seen       cells that attention goes over
    /// @param logits     of which rows there are logits
    /// @param states     whether rows are kept between layers
    /// @param attentions whether attentions are kept
    record Form(int tokens, int embeddings, int seen, Logits logits, boolean states, boolean attentions) {
        int rows() {
            return tokens + embeddings;
        }
    }

    enum Logits {
        NONE,
        LAST,
        ALL
    }

    private final Form form;
    private final NativeHandle descriptions;
    private final MemorySegment graph;
    private final List<Input> inputs = new ArrayList<>();
    private final List<GraphTensor> states = new ArrayList<>();
    private final List<GraphTensor> attentions = new ArrayList<>();
    private final @Nullable GraphTensor logits;

    /// A tensor of the graph, and the memory that its numbers are taken from.
    private record Input(GraphTensor tensor, MemorySegment source, long bytes) {}

    static int nodes(Architecture architecture) {
        return architecture.layers() * NODES_OF_LAYER + NODES_BESIDE;
    }

    DecoderGraph(Form form, Leaves leaves, Architecture architecture, KeyValueCache cache, StepInputs given) {
        this.form = form;
        int nodes = nodes(architecture);
        this.descriptions = GraphMemory.descriptions(2 * nodes, nodes);
        try {
            GraphOps ops = new GraphOps(descriptions.segment());
            this.graph = ops.graph(nodes);
            this.logits = build(ops, leaves, architecture, cache, given);
        } catch (Throwable e) {
            descriptions.close();
            throw e;
        }
    }

    private @Nullable GraphTensor build(
            GraphOps ops, Leaves leaves, Architecture architecture, KeyValueCache cache, StepInputs given) {
        int rows = form.rows();
        Layers layers = new Layers(ops, leaves, architecture, TensorNames.DECODER);
        GraphTensor positions = input(ops, "positions", GgmlType.I32, given.positions, rows);
        GraphTensor x = embeddings(ops, leaves, architecture, given);
        x = switch (architecture.positions()) {
            case Positions.Sinusoidal _ -> ops.add(x, ops.rows(cache.sinusoids(), positions));
            case Positions.Learned learned -> ops.add(x, ops.rows(learned(leaves, architecture, learned), positions));
            case Positions.Rotary _, Positions.None _ -> x;
        };
        GraphTensor mask = input(ops, "mask", GgmlType.F32, given.mask, form.seen(), rows);
        GraphTensor keyCells = input(ops, "key-cells", GgmlType.I64, given.keyCells, rows);
        GraphTensor valueCells = input(ops, "value-cells", GgmlType.I64, given.valueCells, (long) rows * cache.width());
        Attention attention = new Attention(ops, mask, this::keepAttention);
        for (int i = 0; i < architecture.layers(); i++) {
            keepState(x);
            x = layers.layer(i, x, positions, (layer, queries, keys, values) -> {
                KeyValueCache.View view =
                        cache.append(ops, graph, layer, form.seen(), keys, values, keyCells, valueCells);
                return attention.attend(queries, view.keys(), view.values());
            });
        }
        if (form.logits() == Logits.LAST && !form.states() && rows > 1) {
            x = lastRow(ops, x);
        }
        x = layers.norm(x, TensorNames.FINAL_NORM);
        keepState(x);
        GraphOps.add(graph, x);
        return switch (form.logits()) {
            case NONE -> null;
            case LAST -> head(ops, leaves, architecture, x.dimension(1) > 1 ? lastRow(ops, x) : x);
            case ALL -> head(ops, leaves, architecture, x);
        };
    }

    private static GraphTensor learned(Leaves leaves, Architecture architecture, Positions.Learned learned) {
        if (learned.offset() != 0) {
            throw new IllegalArgumentException("learned positions of decoders begin at 0, not " + learned.offset());
        }
        return leaves.weight("position_embd.weight", architecture.contextLength(), architecture.width());
    }

    /// Rows of tokens and given rows, in their order. Nothing is overwritten, so that gradients could pass.
    private GraphTensor embeddings(GraphOps ops, Leaves leaves, Architecture architecture, StepInputs given) {
        List<GraphTensor> kinds = new ArrayList<>();
        if (form.tokens() > 0) {
            GraphTensor tokens = input(ops, "tokens", GgmlType.I32, given.tokens, form.tokens());
            kinds.add(ops.rows(
                    leaves.weight(TensorNames.EMBEDDINGS, architecture.vocabulary(), architecture.width()), tokens));
        }
        if (form.embeddings() > 0) {
            kinds.add(
                    input(ops, "embeddings", GgmlType.F32, given.embeddings, architecture.width(), form.embeddings()));
        }
        GraphTensor rows = kinds.getFirst();
        if (kinds.size() > 1) {
            GraphTensor order = input(ops, "order", GgmlType.I32, given.order, form.rows());
            rows = ops.rows(ops.append(rows, kinds.getLast()), order);
        }
        return architecture.embeddingScale() == 1 ? rows : ops.scale(rows, architecture.embeddingScale());
    }

    private GraphTensor input(GraphOps ops, String name, GgmlType type, MemorySegment source, long... ne) {
        GraphTensor tensor = ops.input(name, type.id(), ne);
        long bytes = type.blockByteSize();
        for (long dimension : ne) {
            bytes *= dimension;
        }
        inputs.add(new Input(tensor, source, bytes));
        return tensor;
    }

    private static GraphTensor lastRow(GraphOps ops, GraphTensor x) {
        return ops.rowsFrom(x, x.dimension(1) - 1, 1);
    }

    private GraphTensor head(GraphOps ops, Leaves leaves, Architecture architecture, GraphTensor x) {
        String name = architecture.tiedHead() ? TensorNames.EMBEDDINGS : TensorNames.HEAD;
        GraphTensor matrix = leaves.weight(name, architecture.vocabulary(), architecture.width());
        GraphTensor result = GraphOps.output(ops.matrixProduct(matrix, x));
        GraphOps.add(graph, result);
        return result;
    }

    private void keepState(GraphTensor x) {
        if (form.states()) {
            states.add(GraphOps.output(x));
            GraphOps.add(graph, x);
        }
    }

    private void keepAttention(GraphTensor shares) {
        if (form.attentions()) {
            attentions.add(GraphOps.output(shares));
        }
    }

    /// Whether it was built for this form; compares without making one.
    boolean isFor(int tokens, int embeddings, int seen, Logits wanted) {
        return form.tokens() == tokens
                && form.embeddings() == embeddings
                && form.seen() == seen
                && form.logits() == wanted
                && !form.states()
                && !form.attentions();
    }

    MemorySegment segment() {
        return graph;
    }

    /// Takes the inputs over; the graph must be planned.
    void writeInputs() {
        for (int i = 0; i < inputs.size(); i++) { // no iterator: this runs for every token
            Input input = inputs.get(i);
            input.tensor().write(input.source(), input.bytes());
        }
    }

    /// Whether what it computes are the logits of the last row.
    boolean hasLastLogits() {
        return form.logits() == Logits.LAST;
    }

    /// Copies the logits, of the last row or all of them, filling `target`.
    void readLogits(MemorySegment target) {
        Objects.requireNonNull(logits, "no logits in this graph").read(0, target);
    }

    List<GraphTensor> states() {
        return states;
    }

    List<GraphTensor> attentions() {
        return attentions;
    }

    @Override
    public void close() {
        descriptions.close();
    }
}
