package io.vlm4j.training.internal;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Positions;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The graph of examples of one shape: forwards, and backwards to all that is trained. What layers compute is kept for
/// the way back, or only their inputs, and then each layer is computed once more.
final class ExampleGraph implements AutoCloseable {
    private static final int NODES_OF_LAYER = 800; // forwards, once more, and backwards, with an adapter of each matrix
    private static final int NODES_OF_EXAMPLE = 120; // in each layer: its attention
    private static final int ROWS_TOGETHER = 16;
    private static final int FEW_ROWS = 4 * ROWS_TOGETHER; // with these, products take no time worth mentioning
    private static final int NODES_BESIDE = 300;

    private final Form form;
    private final Network network;
    private final NativeHandle descriptions;
    private final MemorySegment graph;
    private final List<Input> inputs = new ArrayList<>();
    private final GraphTensor loss;
    private final Steps optimizer;

    /// What examples must have in common.
    ///
    /// @param lengths    rows of tokens and pictures of each example
    /// @param imageRows  those of pictures
    /// @param supervised those that are scored
    /// @param gradients  whether it goes backwards, too
    /// @param dropout    whether inputs of adapters are zeroed
    /// @param keeps      whether what layers compute is kept for the way back, and not computed once more
    record Form(
            List<Integer> lengths, int imageRows, int supervised, boolean gradients, boolean dropout, boolean keeps) {
        int rows() {
            return lengths.stream().mapToInt(length -> length).sum();
        }
    }

    /// A tensor that is written before each computation.
    private record Input(GraphTensor tensor, Source source) {}

    /// Makes the numbers of an input.
    @FunctionalInterface
    private interface Source {
        MemorySegment of(InputNumbers numbers);
    }

    /// The nodes of a graph at most.
    ///
    /// @param examples in it
    static int nodes(Architecture architecture, int examples) {
        return architecture.layers() * (NODES_OF_LAYER + examples * NODES_OF_EXAMPLE) + NODES_BESIDE;
    }

    /// @param numbers   counts from 0, see [Tape]
    /// @param optimizer makes steps of what has no sum of gradients
    ExampleGraph(Form form, Network network, GraphTensor numbers, Steps optimizer) {
        this.form = form;
        this.optimizer = optimizer;
        this.network = network;
        int nodes = nodes(network.architecture(), form.lengths().size());
        this.descriptions = GraphMemory.descriptions(2 * nodes, nodes);
        try {
            GraphOps ops = new GraphOps(descriptions.segment());
            this.graph = ops.graph(nodes);
            this.loss = build(new Tape(ops, graph, numbers, form.gradients(), network.onCpu(), optimizer));
        } catch (Throwable e) {
            descriptions.close();
            throw e;
        }
    }

    private GraphTensor build(Tape inputTape) {
        GraphOps ops = inputTape.ops();
        Architecture architecture = network.architecture();
        Value x = embeddings(inputTape);
        inputTape.use(x.tensor());
        Network.Surroundings around = surroundings(ops, architecture);
        List<Value> kept = new ArrayList<>();
        List<Tape> tapes = new ArrayList<>();
        for (int i = 0; i < architecture.layers(); i++) {
            Tape tape = inputTape.stretch(form.gradients() && form.keeps());
            kept.add(x);
            tapes.add(tape);
            x = network.layer(tape, i, x, around);
            inputTape.use(x.tensor());
        }
        Tape headTape = inputTape.stretch(form.gradients());
        GraphTensor scored = input(ops, "scored", GgmlType.I32, InputNumbers::scored, form.supervised());
        GraphTensor labels =
                input(ops, "labels", GgmlType.F32, InputNumbers::labels, architecture.vocabulary(), form.supervised());
        Value logits = network.head(headTape, headTape.rows(x, scored));
        headTape.use(logits.tensor());
        GraphTensor result = GraphOps.output(headTape.back().crossEntropy(logits.tensor(), labels));
        headTape.use(result);
        if (logits.wanted() && form.gradients()) { // a text without pictures tells a projector nothing
            GraphTensor share = input(ops, "share", GgmlType.F32, InputNumbers::share, 1);
            headTape.backward(logits, headTape.back().crossEntropyBack(logits.tensor(), labels, share));
            if (form.keeps()) {
                backwards(inputTape, kept.getFirst(), tapes, x);
            } else {
                backwards(inputTape, kept, x, around);
            }
        }
        return result;
    }

    /// From the last layer to the first, then to what made their inputs.
    private static void backwards(Tape inputTape, Value first, List<Tape> tapes, Value last) {
        for (Tape tape : tapes.reversed()) {
            tape.backward();
        }
        @Nullable GraphTensor gradient = first.gradient();
        if (last.gradient() != null && gradient != null) {
            inputTape.backward();
        }
    }

    /// The same, for which each layer is computed once more.
    private void backwards(Tape inputTape, List<Value> kept, Value last, Network.Surroundings around) {
        @Nullable GraphTensor gradient = last.gradient();
        for (int i = kept.size() - 1; i >= 0 && gradient != null; i--) {
            Value before = new Value(kept.get(i).tensor(), kept.get(i).wanted());
            Tape layerTape = inputTape.stretch(true);
            layerTape.backward(network.layer(layerTape, i, before, around), gradient);
            gradient = before.gradient();
        }
        if (gradient != null) {
            inputTape.backward(kept.getFirst(), gradient);
        }
    }

    /// Rows that attention has for an example of so many: products over multiples of that are faster.
    private static int padded(int length) {
        if (length < FEW_ROWS) {
            return length;
        }
        return (length + ROWS_TOGETHER - 1) / ROWS_TOGETHER * ROWS_TOGETHER;
    }

    private Network.Surroundings surroundings(GraphOps ops, Architecture architecture) {
        Positions.Rotary rotary = (Positions.Rotary) architecture.positions();
        GraphTensor positions = input(ops, "positions", GgmlType.I32, InputNumbers::positions, form.rows());
        Map<Integer, GraphTensor> masks = new HashMap<>();
        for (int length : form.lengths()) {
            masks.computeIfAbsent(
                    padded(length),
                    rows -> input(ops, "mask", GgmlType.F32, numbers -> numbers.mask(rows), rows, rows));
        }
        GraphTensor factors = network.decoder().has("rope_freqs.weight")
                ? network.decoder().weight("rope_freqs.weight", rotary.dimensions() / 2)
                : null;
        Dropout dropout = null;
        if (form.dropout()) {
            long length = Dropout.length(Math.max(architecture.width(), architecture.feedForward()), form.rows());
            dropout = new Dropout(ops, input(ops, "dropout", GgmlType.F32, n -> n.dropout(length), length), length);
        }
        return new Network.Surroundings(
                new Rope(rotary, positions, factors),
                form.lengths(),
                form.lengths().stream()
                        .map(ExampleGraph::padded)
                        .map(masks::get)
                        .map(Objects::requireNonNull)
                        .toList(),
                dropout);
    }

    /// Rows of tokens and of pictures, in their order.
    private Value embeddings(Tape tape) {
        GraphOps ops = tape.ops();
        Architecture architecture = network.architecture();
        int words = form.rows() - form.imageRows();
        Matrix table = network.matrix(Network.EMBEDDINGS, architecture.vocabulary(), architecture.width());
        GraphTensor tokens = input(ops, "tokens", GgmlType.I32, InputNumbers::tokens, words);
        Trainable trained = table.trained();
        Value read = tape.record(ops.rows(table.stored(), tokens), trained != null, dy -> {
            if (trained != null) {
                tape.accumulate(trained, tape.back().rows(dy, tokens, trained.weights()));
            }
        });
        if (form.imageRows() == 0) {
            return read;
        }
        int width = Math.toIntExact(network.visionWidth());
        Value features =
                new Value(input(ops, "features", GgmlType.F32, InputNumbers::features, width, form.imageRows()), false);
        Value seen = network.project(tape, features);
        GraphTensor order = input(ops, "order", GgmlType.I32, InputNumbers::order, form.rows());
        tape.use(read.tensor());
        tape.use(seen.tensor());
        GraphTensor all = ops.rows(ops.append(read.tensor(), seen.tensor()), order);
        return tape.record(all, read.wanted() || seen.wanted(), dy -> {
            if (read.wanted()) {
                tape.give(read, ops.rows(dy, input(ops, "places", GgmlType.I32, InputNumbers::tokenPlaces, words)));
            }
            if (seen.wanted()) {
                tape.give(
                        seen,
                        ops.rows(dy, input(ops, "places", GgmlType.I32, InputNumbers::imagePlaces, form.imageRows())));
            }
        });
    }

    private GraphTensor input(GraphOps ops, String name, GgmlType type, Source source, long... ne) {
        GraphTensor tensor = ops.input(name, type.id(), ne);
        inputs.add(new Input(tensor, source));
        return tensor;
    }

    Form form() {
        return form;
    }

    MemorySegment segment() {
        return graph;
    }

    /// Takes an example over; the graph must be planned.
    ///
    /// @param share the weight of this example's mean loss
    void write(Sample sample, float share, float dropout, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            InputNumbers numbers =
                    new InputNumbers(arena, sample, network.architecture().vocabulary(), share, dropout, seed);
            for (Input input : inputs) {
                MemorySegment source = input.source().of(numbers);
                input.tensor().write(source, source.byteSize());
            }
        }
    }

    /// The mean loss of the scored rows.
    float loss() {
        return loss.floats()[0];
    }

    /// The squares of gradients that were used at once, added up.
    double squareSum() {
        return optimizer.squareSum();
    }

    /// The names of tensors that make their steps in this graph.
    Set<String> made() {
        return optimizer.made();
    }

    @Override
    public void close() {
        descriptions.close();
    }
}
