package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/// Picks hidden states and attentions out of the text model's graph, piece by piece. Names are those that llama.cpp
/// gives to nodes.
///
/// What goes into the first layer is a node for tokens only; rows of images go straight in, and are told by
/// [#embeddings].
final class LayerCapture implements EvalObserver {
    private static final String EMBEDDINGS = "embd";
    private static final String LAYER = "l_out-";
    private static final String FINAL_NORM = "result_norm";
    private static final String ATTENTION = "kq_soft_max-";
    private static final int NONE = -1;

    private final int layers;
    private final boolean wantsHidden;
    private final boolean wantsAttentions;
    private final LayerSink sink;
    private final MemorySegment scratch;
    private final BitSet hiddenSeen = new BitSet();
    private final BitSet attentionsSeen = new BitSet();
    private final Example example;
    private int row;
    private int count;

    /// @param scratch holds one head of an attention: a piece's rows times the context's cells
    LayerCapture(
            Example example,
            int layers,
            boolean wantsHidden,
            boolean wantsAttentions,
            LayerSink sink,
            MemorySegment scratch) {
        this.example = example;
        this.layers = layers;
        this.wantsHidden = wantsHidden;
        this.wantsAttentions = wantsAttentions;
        this.sink = sink;
        this.scratch = scratch;
    }

    boolean wantsHidden() {
        return wantsHidden;
    }

    /// Some rows are computed next.
    void begin(int firstRow, int rows) {
        row = firstRow;
        count = rows;
        hiddenSeen.clear();
        attentionsSeen.clear();
    }

    /// What goes into the first layer for the rows that are computed next.
    void embeddings(MemorySegment rows) {
        if (wantsHidden) {
            hiddenSeen.set(0);
            sink.hiddenState(example, 0, row, count, target -> target.copyFrom(rows));
        }
    }

    /// The rows were computed.
    ///
    /// @throws Vlm4jException.Inference when the graph did not show all of them
    void end(String model) {
        if (wantsHidden && hiddenSeen.cardinality() != layers + 1) {
            throw missing(model, "hidden state " + hiddenSeen.nextClearBit(0));
        }
        if (wantsAttentions && attentionsSeen.cardinality() != layers) {
            throw missing(model, "attention " + attentionsSeen.nextClearBit(0));
        }
    }

    private static Vlm4jException.Inference missing(String model, String what) {
        return new Vlm4jException.Inference("the graph of the " + model + " does not show " + what
                + ": models of its architecture name their steps differently, or have none like it");
    }

    @Override
    public boolean before(GraphTensor node) {
        String name = node.name();
        return hiddenState(name) != NONE || attention(name) != NONE;
    }

    @Override
    public void after(GraphTensor node) {
        String name = node.name();
        int attention = attention(name);
        if (attention != NONE) {
            requireRows(node, 1);
            attentionsSeen.set(attention);
            sink.attention(example, attention, row, count, new AttentionNode(node, scratch));
            return;
        }
        int hidden = hiddenState(name);
        requireRows(node, 1);
        hiddenSeen.set(hidden);
        sink.hiddenState(example, hidden, row, count, target -> node.read(0, target));
    }

    private void requireRows(GraphTensor node, int axis) {
        if (node.dimension(axis) != count) {
            throw new IllegalStateException(
                    "tensor " + node.name() + " has " + node.dimension(axis) + " rows, not " + count);
        }
    }

    private int hiddenState(String name) {
        if (!wantsHidden) {
            return NONE;
        }
        return switch (name) {
            case EMBEDDINGS -> 0;
            case FINAL_NORM -> layers;
            default -> {
                int layer = number(name, LAYER);
                yield layer == layers - 1 ? NONE : layer == NONE ? NONE : layer + 1; // the last one after the norm
            }
        };
    }

    private int attention(String name) {
        return wantsAttentions ? number(name, ATTENTION) : NONE;
    }

    private int number(String name, String prefix) {
        if (!name.startsWith(prefix)) {
            return NONE;
        }
        int number = 0;
        for (int i = prefix.length(); i < name.length(); i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9 || number >= layers) {
                return NONE; // another node that is named after it
            }
            number = 10 * number + digit;
        }
        return number < layers ? number : NONE;
    }
}
