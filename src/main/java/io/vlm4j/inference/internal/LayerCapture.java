package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Picks hidden states and attentions of one sequence out of the text model's graph, piece by piece. Names are those
/// that llama.cpp gives to nodes.
///
/// What goes into the first layer is a node for tokens only; rows of images go straight in, and are told by
/// [#embeddings].
public final class LayerCapture implements EvalObserver, AutoCloseable {
    private static final String EMBEDDINGS = "embd";
    private static final String LAYER = "l_out-";
    private static final String FINAL_NORM = "result_norm";
    private static final String ATTENTION = "kq_soft_max-";
    private static final int NONE = -1;

    private final int layers;
    private final boolean wantsHidden;
    private final boolean wantsAttentions;
    private final LayerSink sink;
    private final int[] hiddenRows; // by layer: the row that comes next
    private final int[] attentionRows;
    private @Nullable Arena arena; // of the scratch
    private MemorySegment scratch = MemorySegment.NULL; // one head of an attention

    public LayerCapture(int layers, boolean wantsHidden, boolean wantsAttentions, LayerSink sink) {
        this.layers = layers;
        this.wantsHidden = wantsHidden;
        this.wantsAttentions = wantsAttentions;
        this.sink = sink;
        this.hiddenRows = new int[layers + 1];
        this.attentionRows = new int[layers];
    }

    public boolean wantsHidden() {
        return wantsHidden;
    }

    /// Rows from this one on are computed next.
    public void begin(int row) {
        Arrays.fill(hiddenRows, row);
        Arrays.fill(attentionRows, row);
    }

    /// What goes into the first layer for `count` rows that are computed next. Where rows go into several layers, their
    /// beginnings go into the first.
    public void embeddings(MemorySegment rows, int count) {
        if (wantsHidden) {
            long given = rows.byteSize() / count;
            sink.hiddenState(0, hiddenRows[0], count, target -> {
                long width = target.byteSize() / count;
                for (int i = 0; i < count; i++) {
                    MemorySegment.copy(rows, i * given, target, i * width, width);
                }
            });
            hiddenRows[0] += count;
        }
    }

    /// The rows before this one were computed.
    ///
    /// @param outputs whether what comes out of the last layer was computed for all of them
    /// @throws Vlm4jException.Inference when the graph did not show all of them
    public void end(int row, boolean outputs, String model) {
        for (int layer = 0; wantsHidden && layer < (outputs ? layers + 1 : layers); layer++) {
            if (hiddenRows[layer] != row) {
                throw missing(model, "hidden state " + layer);
            }
        }
        for (int layer = 0; wantsAttentions && layer < layers; layer++) {
            if (attentionRows[layer] != row) {
                throw missing(model, "attention " + layer);
            }
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
        int count = Math.toIntExact(node.dimension(1));
        if (count == 0) {
            return; // behind the last layer, where no row is put out
        }
        String name = node.name();
        int attention = attention(name);
        if (attention != NONE) {
            int row = attentionRows[attention];
            attentionRows[attention] += count;
            if (node.dimension(0) < row + count) {
                throw new Vlm4jException.Inference("attention " + attention + " is over " + node.dimension(0)
                        + " positions and not all " + (row + count)
                        + ": a sliding window that forgets, which cannot be shown");
            }
            sink.attention(attention, row, count, new AttentionNode(node, scratch(node)));
            return;
        }
        int hidden = hiddenState(name);
        int row = hiddenRows[hidden];
        hiddenRows[hidden] += count;
        sink.hiddenState(hidden, row, count, target -> node.read(0, target));
    }

    /// Memory for one head. It grows, and may be used by one thread after another.
    @SuppressWarnings("MustBeClosedChecker") // closed when it is replaced, and in the end
    private MemorySegment scratch(GraphTensor node) {
        long floats = node.dimension(0) * node.dimension(1);
        if (scratch.byteSize() < floats * Float.BYTES) {
            close();
            arena = Arena.ofShared();
            scratch = arena.allocate(ValueLayout.JAVA_FLOAT, floats);
        }
        return scratch;
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

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            scratch = MemorySegment.NULL;
        }
    }
}
