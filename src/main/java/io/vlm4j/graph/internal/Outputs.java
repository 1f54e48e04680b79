package io.vlm4j.graph.internal;

import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.DecoderOutput;
import io.vlm4j.graph.DecoderOutput.Wanted;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Collects what was computed for an input, batch by batch, into arrays for the whole of it.
final class Outputs {
    private final Architecture architecture;
    private final Wanted wanted;
    private final int rows;
    private final int total;
    private final float[] logits;
    private final List<float[]> states = new ArrayList<>();
    private final List<float[]> attentions = new ArrayList<>();

    /// @param before rows that are in the memory already
    /// @throws IllegalArgumentException when it does not fit into arrays
    Outputs(Architecture architecture, Wanted wanted, int before, int rows) {
        this.architecture = architecture;
        this.wanted = wanted;
        this.rows = rows;
        this.total = before + rows;
        this.logits = wanted.allLogits() ? array("logits", rows, architecture.vocabulary()) : new float[0];
        if (wanted.hiddenStates()) {
            for (int i = 0; i <= architecture.layers(); i++) {
                states.add(array("hidden states", rows, architecture.width()));
            }
        }
        if (wanted.attentions()) {
            for (int i = 0; i < architecture.layers(); i++) {
                attentions.add(array("attentions", (long) architecture.heads() * rows, total));
            }
        }
    }

    private static float[] array(String what, long number, long width) {
        if (number * width > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(what + " of " + number + " x " + width + " do not fit into an array");
        }
        return new float[(int) (number * width)];
    }

    /// Copies what a graph has just computed for `count` rows from `from` on.
    ///
    /// @param seen cells that its attentions have
    void take(DecoderGraph graph, int from, int count, int seen) {
        if (wanted.allLogits()) {
            int width = architecture.vocabulary();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, (long) count * width);
                graph.readLogits(all);
                MemorySegment.copy(all, ValueLayout.JAVA_FLOAT, 0, logits, from * width, count * width);
            }
        }
        for (int i = 0; i < states.size(); i++) {
            float[] state = graph.states().get(i).floats();
            System.arraycopy(state, 0, states.get(i), from * architecture.width(), state.length);
        }
        for (int i = 0; i < attentions.size(); i++) {
            spread(graph.attentions().get(i), attentions.get(i), from, count, seen);
        }
    }

    /// Rows of `seen` cells, some beyond the input, into rows of all of it.
    private void spread(GraphTensor batch, float[] all, int from, int count, int seen) {
        float[] shares = batch.floats();
        int width = Math.min(seen, total);
        for (int head = 0; head < architecture.heads(); head++) {
            for (int row = 0; row < count; row++) {
                System.arraycopy(shares, (head * count + row) * seen, all, (head * rows + from + row) * total, width);
            }
        }
    }

    /// Copies the last of all logits.
    void copyLastLogits(MemorySegment target) {
        int width = architecture.vocabulary();
        MemorySegment.copy(logits, logits.length - width, target, ValueLayout.JAVA_FLOAT, 0, width);
    }

    /// @param last the logits of the last row
    DecoderOutput finished(MemorySegment last) {
        int width = architecture.vocabulary();
        float[] numbers = wanted.allLogits() ? logits : last.toArray(ValueLayout.JAVA_FLOAT);
        return new DecoderOutput(
                Tensor.ofFloats(Shape.of(numbers.length / width, width), numbers),
                states.stream()
                        .map(state -> Tensor.ofFloats(Shape.of(rows, architecture.width()), state))
                        .toList(),
                attentions.stream()
                        .map(shares -> Tensor.ofFloats(Shape.of(architecture.heads(), rows, total), shares))
                        .toList());
    }
}
