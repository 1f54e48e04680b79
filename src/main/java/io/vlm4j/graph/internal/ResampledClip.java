package io.vlm4j.graph.internal;

import io.vlm4j.graph.Architecture;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;

/// KOSMOS-2's: a CLIP tower, all of its rows, the class token's first, and learned queries that look at them and at
/// themselves.
///
/// @param decoder whose rows are made
/// @param tower   the layers of CLIP
/// @param size    of a picture's sides, in pixels
/// @param patch   of a patch's sides, in pixels
/// @param queries that look
record ResampledClip(Architecture decoder, Architecture tower, int size, int patch, int queries) implements Tower {
    private static final int CHANNELS = 3;
    private static final float SHORTEST = 1e-12f; // a row's length when it is divided by it, as in torch

    static ResampledClip of(Metadata keys) {
        Metadata vision = keys.below("vision");
        int size = vision.integer("image_size");
        int patch = vision.integer("patch_size");
        if (patch < 1 || size < patch || size % patch != 0 || size > 1 << 14) {
            throw new IllegalArgumentException("pictures of " + size + " pixels in patches of " + patch);
        }
        int side = size / patch;
        return new ResampledClip(
                Architectures.decoder(keys.file()),
                Architectures.clip(vision, side * side + 1),
                size,
                patch,
                vision.integer("latent_query_count"));
    }

    private int patches() {
        return tower.contextLength() - 1;
    }

    @Override
    public int nodes() {
        return DecoderGraph.nodes(tower);
    }

    @Override
    public int columnWidth() {
        return CHANNELS * patch * patch;
    }

    /// Cut here and not by a convolution, which in ggml would round the pixels to half precision.
    @Override
    public float[] columns(Tensor pixels) {
        if (!pixels.shape().equals(Shape.of(1, CHANNELS, size, size))) {
            throw new IllegalArgumentException(
                    "pixels must be [1, 3, " + size + ", " + size + "], not " + pixels.shape());
        }
        float[] planes = pixels.toFloatArray();
        float[] columns = new float[planes.length];
        int side = size / patch;
        int out = 0;
        for (int number = 0; number < side * side; number++) {
            int top = number / side * patch;
            int left = number % side * patch;
            for (int channel = 0; channel < CHANNELS; channel++) {
                for (int y = 0; y < patch; y++) {
                    System.arraycopy(planes, (channel * size + top + y) * size + left, columns, out, patch);
                    out += patch;
                }
            }
        }
        return columns;
    }

    @Override
    public GraphTensor states(GraphOps ops, Leaves leaves, GraphTensor columns) {
        int width = tower.width();
        Layers layers = new Layers(ops, leaves, tower, TensorNames.TOWER);
        GraphTensor matrix = leaves.weight("v.patch_embd.weight", width, CHANNELS, patch, patch);
        GraphTensor x = ops.matrixProduct(ops.reshape(matrix, columnWidth(), width, 1), columns);
        x = ops.append(ops.reshape(leaves.weight("v.class_embd", width), width, 1, 1), x);
        x = ops.add(x, leaves.weight("v.position_embd.weight", patches() + 1, width));
        x = layers.norm(x, "v.pre_ln");
        Attention attention = new Attention(ops, null, shares -> {});
        for (int i = 0; i < tower.layers(); i++) {
            x = layers.layer(
                    i, x, null, (layer, queries, keys, values) -> attention.attendDirectly(queries, keys, values));
        }
        return x;
    }

    @Override
    public GraphTensor rows(GraphOps ops, Leaves leaves, GraphTensor columns) {
        GraphTensor seen =
                new Layers(ops, leaves, tower, TensorNames.TOWER).norm(states(ops, leaves, columns), "v.post_ln");
        Layers resampler = new Layers(ops, leaves, decoder, TensorNames.DECODER);
        int width = decoder.width();
        GraphTensor features = resampler.linear(ops.l2Norm(seen, SHORTEST), "resampler.kv", width, true);
        GraphTensor asking = leaves.weight("resampler.query", queries, width);
        GraphTensor all = ops.append(features, asking);
        GraphTensor found = new Attention(ops, null, shares -> {})
                .attendDirectly(
                        heads(ops, resampler.linear(asking, "resampler.attn.q", width, true)),
                        heads(ops, resampler.linear(all, "resampler.attn.k", width, true)),
                        heads(ops, resampler.linear(all, "resampler.attn.v", width, true)));
        return resampler.linear(found, "resampler.attn.out", width, true);
    }

    private GraphTensor heads(GraphOps ops, GraphTensor rows) {
        return ops.reshape(rows, decoder.headSize(), decoder.heads(), rows.dimension(1));
    }
}
