package io.vlm4j.forward.internal;

import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.forward.Precision;
import io.vlm4j.graph.CacheType;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.DecoderOutput;
import io.vlm4j.graph.InputRows;
import io.vlm4j.graph.internal.DecoderImpl;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.internal.AttachedAdapters;
import io.vlm4j.inference.internal.InterruptFlag;
import io.vlm4j.inference.internal.LayerSink;
import io.vlm4j.model.internal.GraphModel;
import io.vlm4j.model.internal.GraphProjector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The pass of a model that is computed by a graph of our own. Examples are evaluated in pieces, whose logits, states
/// and attentions are on the heap one piece at a time.
public final class GraphForwardPass extends GuardedPass {
    private static final long MOST_LOGITS = 64 << 20; // bytes of a piece
    private static final int LEAST_ROWS = 16;

    private final GraphModel graph;
    private final @Nullable GraphProjector projector;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment flag = arena.allocate(1);
    private final InterruptFlag interruption;
    private final int piece;
    private @Nullable DecoderImpl decoder;

    GraphForwardPass(ModelImpl model, GraphModel graph, @Nullable GraphProjector projector, ForwardOptions options) {
        super(model, options);
        this.graph = graph;
        this.projector = projector;
        this.interruption = new InterruptFlag(flag, guard);
        long rows = MOST_LOGITS / ((long) Float.BYTES * graph.decoder().vocabulary());
        this.piece = Math.clamp(rows, LEAST_ROWS, LayerConsumer.MOST_ROWS);
    }

    @Override
    public Adapters adapters() {
        return Adapters.none();
    }

    @Override
    public void use(Adapters wanted) {
        AttachedAdapters.requireFit(wanted, model);
    }

    @Override
    public synchronized void interrupt() {
        if (!closed) {
            interruption.raise();
        }
    }

    @Override
    Request request(ForwardInput input, Outputs what) {
        interruption.refuseWhenRaised();
        requireShown(what);
        ForwardInput seen = withFeatures(input);
        return new Request(model, null, options, 1, seen, what, Example.of(seen));
    }

    @Override
    void heed() {
        interruption.lower();
    }

    private void requireShown(Outputs what) {
        if (what.wants(Output.VISION_HIDDEN_STATES) || what.wants(Output.VISION_ATTENTIONS)) {
            throw new IllegalArgumentException("the inside of the encoder of " + model + " cannot be had: "
                    + model.architecture() + " is computed by a graph of vlm4j's own; image features can");
        }
    }

    private static void requireFromTheStart(Example example) {
        if (example.position(0, 0) != 0) {
            throw new IllegalArgumentException(
                    "positionIds of example " + example.index() + " begin at " + example.position(0, 0) + ", not at 0");
        }
    }

    /// The input with rows in the place of pictures.
    private ForwardInput withFeatures(ForwardInput input) {
        return switch (input.images().orElse(null)) {
            case ForwardImages.Pictures pictures -> input.withImages(see(pictures));
            case ForwardImages.TiledPictures _ ->
                throw new IllegalArgumentException(
                        "the input has pictures in tiles, which " + model + " does not take");
            case ForwardImages.Features features -> input.withImages(features);
            case null -> input;
        };
    }

    private ForwardImages.Features see(ForwardImages.Pictures pictures) {
        if (projector == null) {
            throw new IllegalArgumentException("the input has pictures, but this pass was opened without a projector");
        }
        int width = graph.decoder().width();
        float[] all = new float[Math.toIntExact(Math.multiplyExact(pictures.rows(), width))];
        Shape one = Shape.of(1, 3, pictures.height(), pictures.width());
        int each = pictures.rowsPerImage() * width;
        for (int i = 0; i < pictures.images(); i++) {
            float[] rows = projector.encodePixels(
                    Tensor.ofFloats(one, pictures.pixelValues().slice(i).toFloatArray()));
            if (rows.length != each) {
                throw new IllegalArgumentException(
                        "a picture takes " + rows.length / width + " positions, not " + pictures.rowsPerImage());
            }
            System.arraycopy(rows, 0, all, i * each, each);
        }
        Shape shape = Shape.of(pictures.images(), pictures.rowsPerImage(), width);
        return new ForwardImages.Features(pictures.imageToken(), Tensor.ofFloats(shape, all));
    }

    @Override
    ForwardOutput run(Request request, OutputMemory memory) {
        request.examples().forEach(GraphForwardPass::requireFromTheStart);
        Map<Output, List<Tensor>> found = new EnumMap<>(Output.class);
        Outputs what = request.what();
        MemorySegment images = images(request, found, memory);
        LogitsOut logits = new LogitsOut(request, memory);
        boolean hidden = what.wants(Output.HIDDEN_STATES);
        boolean attentions = what.wants(Output.ATTENTIONS);
        Function<Example, ? extends @Nullable LayerSink> sinks =
                hidden || attentions ? sinks(request, found, memory) : example -> null;
        if (hidden || attentions || what.wants(Output.LOSS) || what.wants(Output.LOGITS)) {
            DecoderImpl present = decoder(request.longest());
            for (Example example : request.examples()) {
                evaluate(present, example, images, logits, sinks.apply(example), hidden, attentions);
            }
        }
        logits.tensor().ifPresent(tensor -> found.put(Output.LOGITS, List.of(tensor)));
        return new ForwardOutputImpl(logits.losses(), found, memory);
    }

    /// What fills image positions, as rows below each other.
    private static MemorySegment images(Request request, Map<Output, List<Tensor>> found, OutputMemory memory) {
        if (!(request.input().images().orElse(null) instanceof ForwardImages.Features features)) {
            return MemorySegment.NULL;
        }
        MemorySegment rows = memory.floats(features.features().shape().elementCount());
        rows.copyFrom(features.features().segment());
        if (request.what().wants(Output.IMAGE_FEATURES)) {
            found.put(
                    Output.IMAGE_FEATURES,
                    List.of(Tensor.of(DType.F32, features.features().shape(), rows)));
        }
        return rows;
    }

    /// The decoder that is there when it is long enough, else another.
    private DecoderImpl decoder(int length) {
        DecoderImpl present = decoder;
        if (present == null || present.contextLength() < length) {
            if (present != null) {
                decoder = null;
                present.close();
            }
            boolean exact = options.precision() == Precision.EXACT;
            present = graph.weights()
                    .newDecoder(
                            graph.decoder(),
                            new DecoderOptions(
                                    options.threads(),
                                    TextContext.cells(length),
                                    piece,
                                    exact ? CacheType.F32 : CacheType.F16),
                            flag);
            decoder = present;
        }
        return present;
    }

    private void evaluate(
            DecoderImpl present,
            Example example,
            MemorySegment images,
            LogitsOut logits,
            @Nullable LayerSink sink,
            boolean hidden,
            boolean attentions) {
        present.truncate(0);
        for (int from = 0; from < example.length(); from += piece) {
            int to = Math.min(example.length(), from + piece);
            boolean all = false;
            for (int row = from; row < to; row++) {
                all |= logits.wants(example, row);
            }
            DecoderOutput.Wanted wanted =
                    new DecoderOutput.Wanted(all, sink != null && hidden, sink != null && attentions);
            DecoderOutput output = present.decode(rows(example, images, from, to), wanted);
            if (all) {
                give(output.logits(), example, from, to, logits);
            }
            if (sink != null) {
                give(output, from, to, sink, hidden, attentions);
            }
        }
    }

    private InputRows rows(Example example, MemorySegment images, int from, int to) {
        InputRows.Builder rows = InputRows.builder();
        long width = graph.decoder().width();
        for (int row = from; row < to; row++) {
            if (example.isImage(row)) {
                MemorySegment values = images.asSlice(example.imageRow(row) * width * Float.BYTES, width * Float.BYTES);
                rows.embeddings(Tensor.of(DType.F32, Shape.of(width), values));
            } else {
                rows.tokens(example.id(row));
            }
        }
        return rows.build();
    }

    private static void give(Tensor all, Example example, int from, int to, LogitsOut logits) {
        for (int row = from; row < to; row++) {
            if (logits.wants(example, row)) {
                logits.accept(example, row, all.slice(row - from).segment());
            }
        }
    }

    private static void give(
            DecoderOutput output, int from, int to, LayerSink sink, boolean hidden, boolean attentions) {
        int count = to - from;
        int layers =
                Math.max(output.hiddenStates().size() - 1, output.attentions().size());
        for (int layer = 0; layer <= layers; layer++) {
            if (layer > 0 && attentions) {
                sink.attention(
                        layer - 1,
                        from,
                        count,
                        HeapAttentions.of(output.attentions().get(layer - 1)));
            }
            if (hidden) {
                MemorySegment states = output.hiddenStates().get(layer).segment();
                sink.hiddenState(layer, from, count, target -> target.copyFrom(states));
            }
        }
    }

    @Override
    public void close() {
        guard.enter();
        try {
            closeOnce();
        } finally {
            guard.exit();
        }
        model.handle().release(this);
    }

    private synchronized void closeOnce() {
        if (closed) {
            return;
        }
        closed = true;
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
        interruption.end();
        arena.close();
    }
}
