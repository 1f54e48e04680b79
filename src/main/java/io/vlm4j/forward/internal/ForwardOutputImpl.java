package io.vlm4j.forward.internal;

import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.Output;
import io.vlm4j.gguf.NpyWriter;
import io.vlm4j.gguf.SafetensorsWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What was computed, and the memory that it lies in.
public final class ForwardOutputImpl implements ForwardOutput {
    private final OutputMemory memory;
    private final Optional<LossSum> losses;
    private final Map<Output, List<Tensor>> found;

    /// @param found lists of one for what is one tensor
    ForwardOutputImpl(Optional<LossSum> losses, Map<Output, List<Tensor>> found, OutputMemory memory) {
        this.losses = losses;
        this.found = Map.copyOf(found);
        this.memory = memory;
    }

    @Override
    public double loss() {
        return Arrays.stream(lossSum().sums()).sum()
                / Arrays.stream(lossSum().counts()).sum();
    }

    @Override
    public double[] exampleLosses() {
        double[] losses = lossSum().sums();
        int[] counts = lossSum().counts();
        for (int i = 0; i < losses.length; i++) {
            losses[i] /= counts[i];
        }
        return losses;
    }

    @Override
    public int[] supervisedTokens() {
        return lossSum().counts();
    }

    private LossSum lossSum() {
        return losses.orElseThrow(() -> missing(Output.LOSS));
    }

    @Override
    public Tensor logits() {
        return all(Output.LOGITS).getFirst();
    }

    @Override
    public List<Tensor> hiddenStates() {
        return all(Output.HIDDEN_STATES);
    }

    @Override
    public List<Tensor> attentions() {
        return all(Output.ATTENTIONS);
    }

    @Override
    public Tensor imageFeatures() {
        return all(Output.IMAGE_FEATURES).getFirst();
    }

    @Override
    public List<Tensor> visionHiddenStates() {
        return all(Output.VISION_HIDDEN_STATES);
    }

    @Override
    public List<Tensor> visionAttentions() {
        return all(Output.VISION_ATTENTIONS);
    }

    private List<Tensor> all(Output output) {
        return Optional.ofNullable(found.get(output)).orElseThrow(() -> missing(output));
    }

    private static IllegalStateException missing(Output output) {
        return new IllegalStateException(output + " was not asked for, or was streamed");
    }

    @Override
    public SequencedMap<String, Tensor> tensors() {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        if (losses.isPresent()) {
            tensors.put("loss", Tensor.ofFloats(Shape.of(), (float) loss()));
        }
        for (Output output : Output.values()) {
            List<Tensor> list = found.getOrDefault(output, List.of());
            for (int i = 0; i < list.size(); i++) {
                tensors.put(name(output, i), list.get(i));
            }
        }
        return tensors;
    }

    private static String name(Output output, int index) {
        return switch (output) {
            case LOSS -> "loss";
            case LOGITS -> "logits";
            case IMAGE_FEATURES -> "image_features";
            case HIDDEN_STATES -> "hidden_states." + index;
            case ATTENTIONS -> "attentions." + index;
            case VISION_HIDDEN_STATES -> "vision_hidden_states." + index;
            case VISION_ATTENTIONS -> "vision_attentions." + index;
        };
    }

    @Override
    public void saveSafetensors(Path file) {
        SafetensorsWriter.write(file, tensors(), Map.of("format", "pt")); // what transformers wants to see there
    }

    @Override
    public void saveNpy(Path folder) {
        tensors().forEach((name, tensor) -> NpyWriter.write(folder.resolve(name + ".npy"), tensor));
    }

    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String toString() {
        return "ForwardOutput" + (memory.isOpen() ? tensors().keySet() : " (closed)");
    }
}
