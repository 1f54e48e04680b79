package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Picks hidden states and attentions out of the vision tower's graph, picture by picture.
final class VisionCapture implements PictureObserver {
    private static final Set<String> INPUTS = Set.of("pos_embed", "pre_ln"); // the last one counts
    private static final String LAYER = "layer_out-";

    private final int images;
    private final int width;
    private final int height;
    private final boolean wantsHidden;
    private final boolean wantsAttentions;
    private final OutputMemory memory;
    private final List<Stored> hidden = new ArrayList<>();
    private final List<Stored> attentions = new ArrayList<>();
    private int image;
    private int nextAttention; // they have no names, but come in order
    private boolean sawPixels;

    /// One output for all pictures.
    private record Stored(Shape shape, MemorySegment memory) {
        Tensor tensor() {
            return Tensor.of(DType.F32, shape, memory);
        }
    }

    /// @param width  pixels in a row of each picture
    /// @param height rows of each picture
    /// @param memory for what is kept
    VisionCapture(
            int images, int width, int height, boolean wantsHidden, boolean wantsAttentions, OutputMemory memory) {
        this.images = images;
        this.width = width;
        this.height = height;
        this.wantsHidden = wantsHidden;
        this.wantsAttentions = wantsAttentions;
        this.memory = memory;
    }

    @Override
    public void begin(int next) {
        image = next;
        nextAttention = 0;
        sawPixels = false;
    }

    @Override
    public void end(String projector) {
        if (wantsHidden && hidden.size() < 2) {
            throw missing(projector, "hidden states");
        }
        if (wantsAttentions && attentions.isEmpty()) {
            throw missing(projector, "attentions");
        }
    }

    private static Vlm4jException.Inference missing(String projector, String what) {
        return new Vlm4jException.Inference("the graph of the " + projector + " does not show " + what
                + ": towers of its kind name their steps differently");
    }

    List<Tensor> hiddenStates() {
        return hidden.stream().map(Stored::tensor).toList();
    }

    List<Tensor> attentions() {
        return attentions.stream().map(Stored::tensor).toList();
    }

    @Override
    public boolean before(GraphTensor node) {
        if (node.isImageToColumns() && !sawPixels) {
            sawPixels = true;
            requireSize(node.source(1));
        }
        return (wantsAttentions && node.isSoftMax()) || (wantsHidden && layer(node.name()) >= 0);
    }

    /// Preprocessing has changed nothing if the tower gets pictures of the size that was given.
    private void requireSize(GraphTensor pixels) {
        if (pixels.dimension(0) != width || pixels.dimension(1) != height) {
            throw new IllegalArgumentException("pixelValues are of " + width + "x" + height
                    + " pixels, but the vision tower takes " + pixels.dimension(0) + "x" + pixels.dimension(1));
        }
    }

    @Override
    public void after(GraphTensor node) {
        if (node.isSoftMax()) {
            keep(
                    node,
                    nextAttention++,
                    Shape.of(images, node.dimension(2), node.dimension(1), node.dimension(0)),
                    attentions);
        } else {
            keep(node, layer(node.name()), Shape.of(images, node.dimension(1), node.dimension(0)), hidden);
        }
    }

    private void keep(GraphTensor node, int layer, Shape shape, List<Stored> kept) {
        if (layer > kept.size()) {
            throw new IllegalStateException("the vision tower shows layer " + layer + " after " + kept.size());
        }
        if (layer == kept.size()) {
            kept.add(new Stored(shape, memory.floats(shape.elementCount())));
        }
        Stored stored = kept.get(layer);
        if (!stored.shape().equals(shape)) {
            throw new IllegalStateException(
                    "tensor " + node.name() + " is of shape " + shape + ", not " + stored.shape() + " as before");
        }
        long size = shape.inner().elementCount() * Float.BYTES;
        node.read(0, stored.memory().asSlice(image * size, size));
    }

    private static int layer(String name) {
        if (INPUTS.contains(name)) {
            return 0;
        }
        if (!name.startsWith(LAYER)) {
            return -1;
        }
        try {
            return Integer.parseInt(name.substring(LAYER.length())) + 1;
        } catch (NumberFormatException _) {
            return -1; // another node that is named after it
        }
    }
}
