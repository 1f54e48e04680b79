package io.vlm4j.model;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.internal.ControlVectorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// Directions that are added to the outputs of a model's layers, and so steer what it writes. An immutable value that
/// belongs to no model; vectors of one width can be scaled and added.
///
/// {@snippet class="io.vlm4j.snippets.AdapterSnippets" region="control"}
///
/// Layers are counted from 0 as in llama.cpp, which never changes the output of layer 0: the directions are for layers
/// from 1 on.
public final class ControlVector {
    /// More layers than any model has.
    public static final int MOST_LAYERS = 4096;

    private final SortedMap<Integer, float[]> directions; // at least one, all of one length, all finite

    private ControlVector(SortedMap<Integer, float[]> directions) {
        this.directions = directions;
    }

    /// Reads a GGUF file as llama.cpp's cvector-generator and repeng write them: `general.architecture` is
    /// `controlvector`, each tensor `direction.N` belongs to layer N.
    ///
    /// @throws Vlm4jException.InvalidFile when the file is missing, not a GGUF file, damaged, or holds anything else
    public static ControlVector read(Path path) {
        return of(ControlVectorFile.read(path));
    }

    /// A vector from its directions.
    ///
    /// @param directions the first is that of layer 1; an empty one leaves its layer alone
    /// @throws IllegalArgumentException when there is none, they differ in length, or a number is not finite
    public static ControlVector of(float[][] directions) {
        SortedMap<Integer, float[]> byLayer = new TreeMap<>();
        for (int i = 0; i < directions.length; i++) {
            if (directions[i].length > 0) {
                byLayer.put(i + 1, directions[i]);
            }
        }
        return of(byLayer);
    }

    /// A vector from its directions by their layers.
    ///
    /// @throws IllegalArgumentException when there is none, a layer is not 1 to [#MOST_LAYERS], they differ in length,
    ///     or a number is not finite
    public static ControlVector of(Map<Integer, float[]> directions) {
        SortedMap<Integer, float[]> copy = new TreeMap<>();
        directions.forEach((layer, direction) -> copy.put(layer, direction.clone()));
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("a control vector without directions");
        }
        int width = copy.firstEntry().getValue().length;
        copy.forEach((layer, direction) -> check(layer, direction, width));
        return new ControlVector(copy);
    }

    private static void check(int layer, float[] direction, int width) {
        if (layer < 1 || layer > MOST_LAYERS) {
            throw new IllegalArgumentException("a direction's layer must be 1 to " + MOST_LAYERS + ", not " + layer);
        }
        if (direction.length != width || width == 0) {
            throw new IllegalArgumentException("the direction of layer " + layer + " has " + direction.length
                    + " numbers, that of another layer " + width);
        }
        for (float number : direction) {
            if (!Float.isFinite(number)) {
                throw new IllegalArgumentException("the direction of layer " + layer + " has the number " + number);
            }
        }
    }

    /// Numbers in a direction: the embedding size of the models that it fits.
    public int embeddingSize() {
        return directions.firstEntry().getValue().length;
    }

    /// The layers that it has directions for. Immutable.
    public SortedSet<Integer> layers() {
        return Collections.unmodifiableSortedSet((SortedSet<Integer>) directions.keySet());
    }

    /// A copy of what is added to the output of a layer; zeros where there is no direction.
    public float[] direction(int layer) {
        float[] direction = directions.get(layer);
        return direction == null ? new float[embeddingSize()] : direction.clone();
    }

    /// The sum of both.
    ///
    /// @throws IllegalArgumentException when they differ in width, or a sum is not finite
    public ControlVector plus(ControlVector other) {
        SortedMap<Integer, float[]> sum = new TreeMap<>(directions);
        other.directions.forEach((layer, direction) -> sum.merge(layer, direction, ControlVector::sum));
        return of(sum);
    }

    private static float[] sum(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "control vectors of " + a.length + " and " + b.length + " numbers a layer cannot be added");
        }
        float[] sum = new float[a.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = a[i] + b[i];
        }
        return sum;
    }

    /// The same directions, made longer, shorter, or turned round.
    ///
    /// @throws IllegalArgumentException when the factor or a product is not finite
    public ControlVector scaledBy(float factor) {
        if (!Float.isFinite(factor)) {
            throw new IllegalArgumentException("a control vector cannot be scaled by " + factor);
        }
        SortedMap<Integer, float[]> scaled = new TreeMap<>();
        directions.forEach((layer, direction) -> scaled.put(layer, scaled(direction, factor)));
        return of(scaled);
    }

    private static float[] scaled(float[] direction, float factor) {
        float[] scaled = new float[direction.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = direction[i] * factor;
        }
        return scaled;
    }

    /// Only the directions of these layers, both inclusive.
    ///
    /// @throws IllegalArgumentException when it has none there
    public ControlVector onLayers(int first, int last) {
        if (first > last || directions.subMap(first, last + 1).isEmpty()) {
            throw new IllegalArgumentException("no direction in layers " + first + " to " + last
                    + "; there are directions for " + directions.firstKey() + " to " + directions.lastKey());
        }
        return new ControlVector(new TreeMap<>(directions.subMap(first, last + 1)));
    }

    /// Checks that the model is as wide as this, and has all its layers.
    ///
    /// @throws IllegalArgumentException when not
    public void requireFits(Model model) {
        if (embeddingSize() != model.embeddingSize()) {
            throw new IllegalArgumentException("a control vector of " + embeddingSize()
                    + " numbers a layer does not fit " + model + ", which has " + model.embeddingSize());
        }
        if (directions.lastKey() >= model.layers()) {
            throw new IllegalArgumentException("a control vector with a direction for layer " + directions.lastKey()
                    + " does not fit " + model + ", whose last layer is " + (model.layers() - 1));
        }
    }

    /// Equal are vectors with the same numbers for the same layers.
    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ControlVector vector
                        && directions.keySet().equals(vector.directions.keySet())
                        && directions.entrySet().stream()
                                .allMatch(entry ->
                                        Arrays.equals(entry.getValue(), vector.directions.get(entry.getKey()))));
    }

    @Override
    public int hashCode() {
        return directions.values().stream().mapToInt(Arrays::hashCode).sum();
    }

    /// Layers and width.
    @Override
    public String toString() {
        return "ControlVector[layers " + directions.firstKey() + " to " + directions.lastKey() + ", " + embeddingSize()
                + " numbers each]";
    }
}
