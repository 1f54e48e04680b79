package io.vlm4j.training.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.training.AdamW;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Steps of the optimizer as nodes of a graph. In that of the gradients, each is made as soon as a gradient is known,
/// whose memory is free then; what they were is remembered, for those tensors that a graph does not reach.
///
/// @param settings what all graphs read, written before each step
/// @param made     names of tensors that the graph makes steps of
/// @param squares  of their gradients, added up
record Steps(Settings settings, Set<String> made, List<GraphTensor> squares) {
    /// What the optimizer computes with.
    ///
    /// @param decaying with weight decay
    /// @param plain    without
    record Settings(GraphTensor decaying, GraphTensor plain) {
        private static final int NUMBERS = 7;

        static GraphTensor describe(MemorySegment descriptions) {
            return GraphMemory.tensor(descriptions, "adam", GgmlType.F32.id(), NUMBERS);
        }

        /// @param step from 1 on
        void write(AdamW adam, double rate, long step) {
            write(decaying, adam, rate, step, adam.weightDecay());
            write(plain, adam, rate, step, 0);
        }

        private static void write(GraphTensor settings, AdamW adam, double rate, long step, float decay) {
            Parameters.write(settings, new float[] {
                (float) rate,
                adam.beta1(),
                adam.beta2(),
                adam.epsilon(),
                decay,
                (float) (1 / (1 - Math.pow(adam.beta1(), (double) step))),
                (float) (1 / (1 - Math.pow(adam.beta2(), (double) step)))
            });
        }
    }

    Steps(Settings settings) {
        this(settings, new HashSet<>(), new ArrayList<>());
    }

    /// A step of all rows.
    void make(Tape tape, Trainable trained, GraphTensor gradient) {
        made.add(trained.name());
        tape.use(node(tape.back(), trained, trained.weights(), gradient, trained.first(), trained.second()));
    }

    /// A step of some rows of a matrix.
    ///
    /// @param first a multiple of [Moment#BLOCK]
    void make(Tape tape, Trainable trained, GraphTensor gradient, long first, long rows) {
        GraphOps ops = tape.ops();
        made.add(trained.name());
        tape.use(node(
                tape.back(),
                trained,
                ops.rowsFrom(trained.weights(), first, rows),
                gradient,
                part(ops, trained.first(), first, rows),
                part(ops, trained.second(), first, rows)));
    }

    /// Remembers how long a gradient is.
    void measure(Tape tape, GraphTensor gradient) {
        GraphTensor square = GraphOps.output(
                tape.onCpu()
                        ? tape.back().squareSum(gradient)
                        : tape.back().sum(tape.ops().square(gradient)));
        tape.use(square);
        squares.add(square);
    }

    /// The squares of all gradients that were measured, once the graph was computed.
    double squareSum() {
        return squares.stream().mapToDouble(square -> square.floats()[0]).sum();
    }

    private static Moment part(GraphOps ops, Moment moment, long first, long rows) {
        if (!moment.isCoded()) {
            return new Moment(ops.rowsFrom(moment.numbers(), first, rows), moment.scales());
        }
        long width = moment.numbers().dimension(0);
        long blocks = Moment.blocks(rows * width);
        return new Moment(
                ops.bytesFrom(moment.numbers(), first, rows),
                moment.scales().map(scales -> ops.rowsFrom(scales, first * width / Moment.BLOCK, blocks)));
    }

    private GraphTensor node(
            GradientOps back,
            Trainable trained,
            GraphTensor weights,
            GraphTensor gradient,
            Moment first,
            Moment second) {
        GraphTensor numbers = trained.decays() ? settings.decaying() : settings.plain();
        if (first.isCoded()) {
            return back.adamW8Bit(
                    weights,
                    gradient,
                    first.numbers(),
                    first.scales().orElseThrow(),
                    second.numbers(),
                    second.scales().orElseThrow(),
                    numbers);
        }
        return back.adamW(weights, gradient, first.numbers(), second.numbers(), numbers);
    }
}
