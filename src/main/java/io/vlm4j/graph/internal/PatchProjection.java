package io.vlm4j.graph.internal;

import io.vlm4j.graph.Architecture;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Tensor;

/// Fuyu's: each patch is multiplied with one matrix.
///
/// @param decoder     whose rows are made
/// @param columnWidth numbers of a patch
record PatchProjection(Architecture decoder, int columnWidth) implements Tower {
    private static final int CHANNELS = 3;
    private static final int NODES = 16;

    static PatchProjection of(Metadata keys) {
        int patch = keys.integer("vision.patch_size");
        if (patch < 1) {
            throw new IllegalArgumentException("a patch of " + patch + " pixels");
        }
        return new PatchProjection(Architectures.decoder(keys.file()), Math.multiplyExact(CHANNELS * patch, patch));
    }

    @Override
    public int nodes() {
        return NODES;
    }

    @Override
    public float[] columns(Tensor pixels) {
        if (pixels.shape().rank() != 2
                || pixels.shape().dim(0) == 0
                || pixels.shape().dim(1) != columnWidth) {
            throw new IllegalArgumentException("patches must be [n, " + columnWidth + "], not " + pixels.shape());
        }
        return pixels.toFloatArray();
    }

    @Override
    public GraphTensor rows(GraphOps ops, Leaves leaves, GraphTensor columns) {
        return new Layers(ops, leaves, decoder, TensorNames.DECODER)
                .linear(columns, "v.patch_embd", decoder.width(), true);
    }

    @Override
    public GraphTensor states(GraphOps ops, Leaves leaves, GraphTensor columns) {
        throw new IllegalArgumentException("a Fuyu has no vision tower");
    }
}
