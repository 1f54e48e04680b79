package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Weights;
import io.vlm4j.graph.internal.Compute;
import io.vlm4j.graph.internal.WeightsImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.TrainingStage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Losses, gradients and steps of one model. Weights of files are used where they are mapped; one thread at a time.
final class Engine implements AutoCloseable {
    private static final int NODES_OF_PARAMETER = 6;
    private static final int ADAM_SETTINGS = 7;

    private final Deque<AutoCloseable> owned = new ArrayDeque<>(); // closed from the last to the first
    private final Network network;
    private final Parameters parameters;
    private final Recipe recipe;
    private final float dropout;
    private final Activations activations;
    private final GraphTensor numbers;
    private final GraphTensor settings;
    private final GraphTensor settingsWithoutDecay;
    private final Compute passes;
    private final Compute updates;
    private @Nullable ExampleGraph graph;

    /// @param projectorFile null for a model that sees nothing
    /// @param seed          of what adapters begin with
    /// @param activationMemory bytes of what layers compute that are kept for the way back
    Engine(
            Path decoderFile,
            @Nullable Path projectorFile,
            Recipe recipe,
            ProjectorGelu gelu,
            int threads,
            long seed,
            long activationMemory) {
        this.recipe = recipe;
        this.dropout = recipe.stage() == TrainingStage.LORA ? recipe.lora().dropout() : 0;
        try {
            WeightsImpl decoder = own((WeightsImpl) Weights.open(decoderFile));
            WeightsImpl projector = projectorFile == null ? null : own((WeightsImpl) Weights.open(projectorFile));
            Architecture architecture = Architecture.of(decoder.file());
            Network.requireKnown(architecture, decoderFile);
            if (projector != null) {
                Recipe.requireKnown(projector.file());
            }
            Optional<GgufFile> other = Optional.ofNullable(projector).map(WeightsImpl::file);
            List<Parameters.Definition> definitions = recipe.definitions(architecture, decoder.file(), other);
            parameters = own(new Parameters(definitions, decoder.device()));
            activations = new Activations(architecture, activationMemory);
            network = new Network(architecture, decoder, projector, parameters, loras(architecture), gelu);
            int nodes = Math.max(64, NODES_OF_PARAMETER * definitions.size());
            passes = own(new Compute(
                    decoder.device(), threads, ExampleGraph.nodes(architecture, Activations.MOST_EXAMPLES)));
            updates = own(new Compute(decoder.device(), threads, nodes));
            int most = Stream.concat(
                            decoder.file().tensors().values().stream(),
                            other.stream().flatMap(file -> file.tensors().values().stream()))
                    .filter(tensor ->
                            tensor.type() != GgmlType.F32 && tensor.shape().rank() == 2)
                    .mapToInt(tensor -> Math.toIntExact(tensor.shape().dim(0)))
                    .max()
                    .orElse(1);
            NativeHandle constants = own(GraphMemory.descriptions(3, 0));
            numbers = GraphMemory.tensor(constants.segment(), "numbers", GgmlType.I32.id(), most);
            settings = GraphMemory.tensor(constants.segment(), "adam", GgmlType.F32.id(), ADAM_SETTINGS);
            settingsWithoutDecay = GraphMemory.tensor(constants.segment(), "adam", GgmlType.F32.id(), ADAM_SETTINGS);
            constants.newChild(
                    () -> GraphMemory.allocate(constants.segment(), GraphMemory.ofDevice(decoder.device()), false));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment counting = arena.allocateFrom(
                        ValueLayout.JAVA_INT, IntStream.range(0, most).toArray());
                numbers.write(counting, counting.byteSize());
            }
            begin(seed);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private <T extends AutoCloseable> T own(T part) {
        owned.push(part);
        return part;
    }

    private Map<String, Lora> loras(Architecture architecture) {
        Map<String, Lora> loras = new HashMap<>();
        for (String name : recipe.targets(architecture)) {
            loras.put(
                    name,
                    new Lora(
                            parameters.find(name + Lora.A).orElseThrow(),
                            parameters.find(name + Lora.B).orElseThrow(),
                            recipe.lora().scale(),
                            loras.size()));
        }
        return loras;
    }

    /// Adapters and a fresh projector at random, copies of what the files hold for all others.
    private void begin(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (Trainable trained : parameters.all()) {
            if (recipe.beginsAtRandom(trained)) {
                Parameters.write(trained.weights(), Recipe.initial(trained, random));
            } else if (!trained.name().endsWith(Lora.B)) {
                copy(trained);
            }
        }
    }

    private void copy(Trainable trained) {
        WeightsImpl file = trained.name().startsWith("mm.") && network.projector() != null
                ? network.projector()
                : network.decoder();
        GgufTensor tensor = file.file().tensor(trained.name()).orElseThrow();
        if (tensor.shape().rank() > 2 || (tensor.shape().rank() == 1 && tensor.type() != GgmlType.F32)) {
            throw new InvalidFile(file.file().path() + ": tensor '" + tensor.name() + "' of type " + tensor.type()
                    + " and shape " + tensor.shape() + " cannot be trained");
        }
        GraphTensor stored = file.weight(trained.name(), dimensions(tensor));
        run((tape, back) -> tape.use(
                back.copy(tape.dense(new Matrix(stored, tensor.type() == GgmlType.F32, null)), trained.weights())));
    }

    private static long[] dimensions(GgufTensor tensor) {
        return IntStream.range(0, tensor.shape().rank())
                .mapToLong(tensor.shape()::dim)
                .toArray();
    }

    private interface Work {
        void build(Tape tape, GradientOps back);
    }

    /// Computes a graph once that only changes parameters.
    private void run(Work work) {
        run(work, () -> {});
    }

    private void run(Work work, Runnable after) {
        int nodes = Math.max(64, NODES_OF_PARAMETER * parameters.all().size());
        try (NativeHandle descriptions = GraphMemory.descriptions(3 * nodes, nodes)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment graph = ops.graph(nodes);
            Tape tape = new Tape(ops, graph, numbers, false, network.onCpu());
            work.build(tape, tape.back());
            updates.plan(graph);
            updates.run(graph);
            after.run();
        }
    }

    Network network() {
        return network;
    }

    Parameters parameters() {
        return parameters;
    }

    Activations activations() {
        return activations;
    }

    Recipe recipe() {
        return recipe;
    }

    /// The mean loss of an example's scored rows; its gradients are added up.
    ///
    /// @param share the weight of that mean in what is minimised
    /// @param seed  of dropout
    float learn(Sample sample, float share, long seed) {
        return compute(sample, true, share, seed);
    }

    /// The mean loss of an example's scored rows.
    float loss(Sample sample) {
        return compute(sample, false, 0, 0);
    }

    private float compute(Sample sample, boolean gradients, float share, long seed) {
        ExampleGraph.Form form = new ExampleGraph.Form(
                sample.lengths(),
                sample.imageRows(),
                sample.supervisedRows(),
                gradients,
                gradients && dropout > 0,
                activations.areKept(sample));
        ExampleGraph current = graph;
        if (current == null || !current.form().equals(form)) {
            if (current != null) {
                graph = null;
                current.close();
            }
            current = new ExampleGraph(form, network, numbers);
            graph = current;
            passes.plan(current.segment());
        }
        current.write(sample, share, dropout, seed);
        passes.run(current.segment());
        return current.loss();
    }

    /// A matrix with what its adapter adds, in single precision, filling `target`.
    void merge(String name, MemorySegment target) {
        Lora lora = Objects.requireNonNull(network.loras().get(name), name);
        WeightsImpl decoder = network.decoder();
        GgufTensor tensor = decoder.file().tensor(name).orElseThrow();
        Matrix stored = new Matrix(decoder.weight(name, dimensions(tensor)), tensor.type() == GgmlType.F32, null);
        GraphTensor[] merged = new GraphTensor[1];
        run(
                (tape, _) -> {
                    GraphOps ops = tape.ops();
                    GraphTensor turned = ops.contiguous(ops.permute(lora.a().weights(), 1, 0, 2));
                    GraphTensor change =
                            ops.scale(ops.matrixProduct(turned, lora.b().weights()), lora.scale());
                    merged[0] = GraphOps.output(ops.add(tape.dense(stored), change));
                    tape.use(merged[0]);
                },
                () -> merged[0].read(0, target));
    }

    /// The length of all gradients together.
    double gradientNorm() {
        List<GraphTensor> squares = new ArrayList<>();
        double[] sum = new double[1];
        run(
                (tape, back) -> {
                    for (Trainable trained : parameters.all()) {
                        GraphTensor gradient = trained.gradient();
                        GraphTensor square = GraphOps.output(
                                tape.onCpu()
                                        ? back.squareSum(gradient)
                                        : back.sum(tape.ops().square(gradient)));
                        tape.use(square);
                        squares.add(square);
                    }
                },
                () -> squares.forEach(square -> sum[0] += square.floats()[0]));
        return Math.sqrt(sum[0]);
    }

    /// One step against the gradients, which are forgotten then.
    ///
    /// @param step   from 1 on
    /// @param factor of the gradients
    void update(AdamW adam, double rate, long step, float factor) {
        write(settings, adam, rate, step, adam.weightDecay());
        write(settingsWithoutDecay, adam, rate, step, 0);
        run((tape, back) -> {
            for (Trainable trained : parameters.all()) {
                GraphTensor gradient = factor == 1 ? trained.gradient() : back.scaleInPlace(trained.gradient(), factor);
                tape.use(back.adamW(
                        trained.weights(),
                        gradient,
                        trained.first(),
                        trained.second(),
                        trained.decays() ? settings : settingsWithoutDecay));
            }
        });
        parameters.clearGradients();
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

    /// The bytes of intermediate results at their most, and of what is trained.
    long memory() {
        return passes.workspace() + updates.workspace() + 4 * Float.BYTES * parameters.count();
    }

    /// Forgets the gradients of a step that was interrupted, and can be used again.
    void forget() {
        passes.resume();
        parameters.clearGradients();
    }

    /// Ends what is being computed with [io.vlm4j.Vlm4jException.Cancelled].
    void interrupt() {
        passes.interrupt();
    }

    @Override
    public void close() {
        if (graph != null) {
            graph.close();
            graph = null;
        }
        while (!owned.isEmpty()) {
            AutoCloseable part = owned.pop();
            switch (part) {
                case WeightsImpl weights -> weights.close();
                case Parameters trained -> trained.close();
                case Compute compute -> compute.close();
                case NativeHandle handle -> handle.close();
                default -> throw new IllegalStateException("not owned: " + part);
            }
        }
    }
}
