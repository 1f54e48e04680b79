package io.vlm4j.graph.internal;

import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Architecture.Biases;
import io.vlm4j.graph.Norm;
import io.vlm4j.graph.Positions;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Builds the layers of a transformer, and the parts that they are made of. Rows are `{width, n}` in ggml's order.
///
/// @param ops          where nodes are made
/// @param leaves       the weights
/// @param architecture what a layer has
/// @param names        what its weights are called
record Layers(GraphOps ops, Leaves leaves, Architecture architecture, TensorNames names) {
    private static final float QUICK = 1.702f;

    // (1 + tanh(y)) / 2 = sigmoid(2 y), for y = sqrt(2 / pi) (x + 0.044715 x^3)
    private static final float TANH_LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));
    private static final float TANH_CUBIC = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);

    /// What becomes of a layer's queries, keys and values, each `{head size, heads, n}`.
    @FunctionalInterface
    interface Memory {
        /// @return what was seen, `{head size * heads, n}`
        GraphTensor attend(int layer, GraphTensor queries, GraphTensor keys, GraphTensor values);
    }

    /// @param positions `{n}` I32, for rotary positions; else null
    GraphTensor layer(int index, GraphTensor x, @Nullable GraphTensor positions, Memory memory) {
        String layer = names.layer(index);
        boolean biased = architecture.biases() == Biases.ALL;
        GraphTensor seen = attention(index, norm(x, layer + names.attentionNorm()), positions, memory);
        if (architecture.innerNorms()) {
            seen = norm(seen, layer + "attn_sub_norm");
        }
        GraphTensor after = ops.add(x, linear(seen, layer + names.attentionOutput(), architecture.width(), biased));
        return ops.add(after, feedForward(layer, norm(after, layer + names.feedForwardNorm()), biased));
    }

    private GraphTensor attention(int index, GraphTensor x, @Nullable GraphTensor positions, Memory memory) {
        String layer = names.layer(index);
        GraphTensor queries = heads(x, layer + "attn_q", architecture.heads());
        GraphTensor keys = heads(x, layer + "attn_k", architecture.keyValueHeads());
        GraphTensor values = heads(x, layer + "attn_v", architecture.keyValueHeads());
        if (architecture.headNorms()) {
            queries = norm(queries, layer + "attn_q_norm");
            keys = norm(keys, layer + "attn_k_norm");
        }
        if (architecture.positions() instanceof Positions.Rotary rotary) {
            queries = turn(queries, Objects.requireNonNull(positions), rotary);
            keys = turn(keys, Objects.requireNonNull(positions), rotary);
        }
        return memory.attend(index, queries, keys, values);
    }

    private GraphTensor heads(GraphTensor x, String name, int number) {
        int size = architecture.headSize();
        GraphTensor all = linear(x, name, number * size, architecture.biases() != Biases.NONE);
        return ops.reshape(all, size, number, x.dimension(1));
    }

    private GraphTensor turn(GraphTensor heads, GraphTensor positions, Positions.Rotary rotary) {
        GraphTensor factors =
                leaves.has("rope_freqs.weight") ? leaves.weight("rope_freqs.weight", rotary.dimensions() / 2) : null;
        return ops.rope(heads, positions, factors, rotary.dimensions(), rotary.halves(), rotary.base(), rotary.scale());
    }

    private GraphTensor feedForward(String layer, GraphTensor x, boolean biased) {
        int inner = architecture.feedForward();
        GraphTensor up = linear(x, layer + "ffn_up", inner, biased);
        GraphTensor active =
                architecture.gated() ? gate(linear(x, layer + "ffn_gate", inner, biased), up) : activate(up);
        if (architecture.innerNorms()) {
            active = norm(active, layer + "ffn_sub_norm");
        }
        return linear(active, layer + "ffn_down", architecture.width(), biased);
    }

    private GraphTensor gate(GraphTensor gate, GraphTensor up) {
        return switch (architecture.activation()) {
            case GELU -> ops.gate(GraphOps.Unary.GELU_ERF, gate, up);
            case SILU -> ops.gate(GraphOps.Unary.SILU, gate, up);
            case RELU -> ops.gate(GraphOps.Unary.RELU, gate, up);
            case GELU_TANH, GELU_QUICK, RELU_SQUARED -> ops.multiply(activate(gate), up);
        };
    }

    private GraphTensor activate(GraphTensor x) {
        return switch (architecture.activation()) {
            case GELU -> ops.apply(GraphOps.Unary.GELU_ERF, x);
            case GELU_TANH -> {
                GraphTensor inner =
                        ops.add(ops.scale(x, TANH_LINEAR), ops.multiply(x, ops.scale(ops.square(x), TANH_CUBIC)));
                yield ops.multiply(x, ops.apply(GraphOps.Unary.SIGMOID, inner));
            }
            case GELU_QUICK -> ops.multiply(x, ops.apply(GraphOps.Unary.SIGMOID, ops.scale(x, QUICK)));
            case SILU -> ops.apply(GraphOps.Unary.SILU, x);
            case RELU -> ops.apply(GraphOps.Unary.RELU, x);
            case RELU_SQUARED -> ops.square(ops.apply(GraphOps.Unary.RELU, x));
        };
    }

    /// Rows multiplied with a matrix, and its bias added if it has one.
    ///
    /// @param name without `.weight`
    GraphTensor linear(GraphTensor x, String name, int outputs, boolean biased) {
        GraphTensor product = ops.matrixProduct(leaves.weight(name + ".weight", outputs, x.dimension(0)), x);
        return biased ? ops.add(product, leaves.weight(name + ".bias", outputs)) : product;
    }

    /// Rows of any width brought to one scale.
    ///
    /// @param name without `.weight`
    GraphTensor norm(GraphTensor x, String name) {
        Norm norm = architecture.norm();
        GraphTensor plain = norm.kind() == Norm.Kind.RMS ? ops.rmsNorm(x, norm.epsilon()) : ops.norm(x, norm.epsilon());
        GraphTensor scaled = ops.multiply(plain, leaves.weight(name + ".weight", x.dimension(0)));
        return norm.kind() == Norm.Kind.LAYER_WITH_BIAS
                ? ops.add(scaled, leaves.weight(name + ".bias", x.dimension(0)))
                : scaled;
    }
}
