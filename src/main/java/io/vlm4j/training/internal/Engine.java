package io.vlm4j.training.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.WeightOptions;
import io.vlm4j.graph.Weights;
import io.vlm4j.graph.internal.Compute;
import io.vlm4j.graph.internal.WeightsImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GradientOps;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphOps;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.training.AdamW;
import io.vlm4j.training.Optim;
import io.vlm4j.training.ProjectorGelu;
import io.vlm4j.training.TrainingStage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Losses, gradients and steps of one model. Weights of files are used where they are mapped; one thread at a time.
final class Engine implements AutoCloseable {
    private static final int NODES_OF_PARAMETER = 6;

    private final Deque<AutoCloseable> owned = new ArrayDeque<>(); // closed from the last to the first
    private final Network network;
    private final Parameters parameters;
    private final Recipe recipe;
    private final float dropout;
    private final Activations activations;
    private final GraphTensor numbers;
    private final Steps.Settings settings;
    private final Optimization optimization;
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
            long activationMemory,
            Optimization optimization,
            Placement placement) {
        this.recipe = recipe;
        this.optimization = optimization;
        this.dropout = recipe.stage() == TrainingStage.LORA ? recipe.lora().dropout() : 0;
        if (optimization.optim() == Optim.ADAMW_8BIT && !placement.isCpu()) {
            throw new IllegalArgumentException(
                    Optim.ADAMW_8BIT.label() + " is computed by the CPU only, not by " + placement.device());
        }
        WeightOptions opening = WeightOptions.defaults().withDevice(placement.device());
        try {
            WeightsImpl decoder = own((WeightsImpl) Weights.open(decoderFile, opening));
            WeightsImpl projector =
                    projectorFile == null ? null : own((WeightsImpl) Weights.open(projectorFile, opening));
            Architecture architecture = Architecture.of(decoder.file());
            Network.requireKnown(architecture, decoderFile);
            if (projector != null) {
                Recipe.requireKnown(projector.file());
            }
            Optional<GgufFile> other = Optional.ofNullable(projector).map(WeightsImpl::file);
            List<Parameters.Definition> definitions = recipe.definitions(architecture, decoder.file(), other);
            parameters = own(new Parameters(
                    definitions,
                    decoder.device(),
                    optimization.optim() == Optim.ADAMW_8BIT,
                    name -> !optimization.inBackward() || isReadTwice(architecture, name)));
            activations = new Activations(architecture, activationMemory, optimization.inBackward());
            network = new Network(architecture, decoder, projector, parameters, loras(architecture), gelu, placement);
            int nodes = Math.max(64, NODES_OF_PARAMETER * definitions.size());
            passes = own(new Compute(
                    decoder.device(), threads, ExampleGraph.nodes(architecture, activations.most(optimization))));
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
            settings = new Steps.Settings(
                    Steps.Settings.describe(constants.segment()), Steps.Settings.describe(constants.segment()));
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

    /// Embeddings that are the head, too: their gradient is known after both.
    private static boolean isReadTwice(Architecture architecture, String name) {
        return architecture.tiedHead() && name.equals(Network.EMBEDDINGS);
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
        file.release(tensor);
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
        build(work, graph -> {
            updates.plan(graph);
            updates.run(graph);
            after.run();
        });
    }

    private void build(Work work, Consumer<MemorySegment> use) {
        int nodes = Math.max(64, NODES_OF_PARAMETER * parameters.all().size());
        try (NativeHandle descriptions = GraphMemory.descriptions(3 * nodes, nodes)) {
            GraphOps ops = new GraphOps(descriptions.segment());
            MemorySegment steps = ops.graph(nodes);
            Tape tape = new Tape(ops, steps, numbers, false, network.onCpu(), new Steps(settings));
            work.build(tape, tape.back());
            use.accept(steps);
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

    /// Says what the next step of the optimizer is like: before gradients are computed, or at least before it is made.
    ///
    /// @param step from 1 on
    void prepare(AdamW adam, double rate, long step) {
        settings.write(adam, rate, step);
    }

    /// The mean loss of an example's scored rows; its gradients are added up, or used for a step at once.
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
        ExampleGraph current = planned(sample, gradients);
        current.write(sample, share, dropout, seed);
        passes.run(current.segment());
        return current.loss();
    }

    /// What the preferred device cannot compute of a step of such an example, so that the CPU does it, as
    /// [ComputeBackends#unsupported] has it.
    String unsupported(Sample sample) {
        MemorySegment device = network.decoder().device();
        String ofPass = ComputeBackends.unsupported(planned(sample, true).segment(), device);
        String[] ofSteps = {""};
        build(
                (tape, back) -> parameters.all().stream()
                        .filter(trained -> trained.gradient() != null)
                        .forEach(trained ->
                                tape.optimizer().make(tape, trained, Objects.requireNonNull(trained.gradient()))),
                steps -> ofSteps[0] = ComputeBackends.unsupported(steps, device));
        return Stream.of(ofPass, ofSteps[0]).filter(text -> !text.isEmpty()).collect(Collectors.joining(", "));
    }

    private ExampleGraph planned(Sample sample, boolean gradients) {
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
            current = new ExampleGraph(form, network, numbers, new Steps(settings));
            graph = current;
            passes.plan(current.segment());
        }
        return current;
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
        Steps[] steps = new Steps[1];
        double[] sum = {graph == null ? 0 : graph.squareSum()};
        run(
                (tape, _) -> {
                    steps[0] = tape.optimizer();
                    for (Trainable trained : parameters.all()) {
                        if (trained.gradient() != null) {
                            tape.optimizer().measure(tape, trained.gradient());
                        }
                    }
                },
                () -> sum[0] += steps[0].squareSum());
        return Math.sqrt(sum[0]);
    }

    /// One step against the gradients, which are forgotten then; what made its step already makes no other.
    ///
    /// @param factor of the gradients
    void update(float factor) {
        Set<String> made = graph == null ? Set.of() : graph.made();
        run((tape, back) -> {
            for (Trainable trained : parameters.all()) {
                GraphTensor sum = trained.gradient();
                if (sum != null) {
                    tape.optimizer().make(tape, trained, factor == 1 ? sum : back.scaleInPlace(sum, factor));
                } else if (!made.contains(trained.name())) { // such as a projector's when there was no picture
                    tape.optimizer().make(tape, trained, tape.ops().scale(trained.weights(), 0));
                }
            }
        });
        parameters.clearGradients();
    }

    /// The bytes of intermediate results at their most, and of what is trained.
    long memory() {
        return passes.workspace() + updates.workspace() + parameters.byteSize();
    }

    /// Forgets the gradients of a step that was interrupted, and can be used again.
    void forget() {
        passes.resume();
        parameters.clearGradients();
    }

    /// Ends what is being computed with [io.vlm4j.Vlm4jException.Cancelled]; but not a graph that makes steps, of which
    /// nobody could tell which ones it made.
    void interrupt() {
        if (!optimization.inBackward()) {
            passes.interrupt();
        }
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
