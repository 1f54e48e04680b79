package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardOutput;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.forward.Precision;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.internal.AttachedAdapters;
import io.vlm4j.inference.internal.LayerCapture;
import io.vlm4j.inference.internal.LayerSink;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.GraphModel;
import io.vlm4j.model.internal.GraphProjector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.model.internal.TileLayout;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes contexts when they are needed: one without a callback, and one that is watched.
public final class ForwardPassImpl extends GuardedPass {
    private static final int MROPE_AXES = 4;

    private final @Nullable ProjectorImpl projector;
    private final int axes;
    private @Nullable TextContext plain; // with watched and interrupted guarded by guard, and for others by this
    private @Nullable TextContext watched;
    private boolean interrupted;
    private Adapters adapters = Adapters.none();
    private @Nullable VisionTower tower;

    private ForwardPassImpl(ModelImpl model, @Nullable ProjectorImpl projector, ForwardOptions options, int axes) {
        super(model, options);
        this.projector = projector;
        this.axes = axes;
    }

    public static ForwardPass open(Model model, @Nullable Projector projector, ForwardOptions options) {
        ModelImpl owner = (ModelImpl) model;
        if (projector != null && projector.model() != model) {
            throw new IllegalArgumentException(projector + " belongs to " + projector.model() + ", not to " + model);
        }
        if (options.contextLength() > model.trainedContextLength()) {
            throw new IllegalArgumentException("contextLength " + options.contextLength() + " is more than the "
                    + model.trainedContextLength() + " that " + model + " was trained for");
        }
        if (owner.graph().isPresent()) {
            GraphModel graph = owner.graph().get();
            return owner.handle()
                    .newChild(() -> new GraphForwardPass(owner, graph, (GraphProjector) projector, options));
        }
        int axes = axes(owner);
        return owner.handle().newChild(() -> new ForwardPassImpl(owner, (ProjectorImpl) projector, options, axes));
    }

    /// Positions of an image row: one, or those of M-RoPE.
    private static int axes(ModelImpl model) {
        try (GgufFile file = GgufFile.open(model.path())) {
            boolean sections = file.value(model.architecture() + ".rope.dimension_sections")
                    .isPresent();
            return sections ? MROPE_AXES : 1;
        }
    }

    @Override
    public Adapters adapters() {
        return adapters;
    }

    @Override
    public void use(Adapters wanted) {
        guard.enter();
        try {
            requireOpen();
            AttachedAdapters.requireFit(wanted, model);
            adapters = wanted;
        } finally {
            guard.exit();
        }
    }

    @Override
    public synchronized void interrupt() {
        interrupted = true;
        if (plain != null) {
            plain.interrupt();
        }
        if (watched != null) {
            watched.interrupt();
        }
    }

    /// @throws Vlm4jException.Cancelled when it was interrupted, which is over then
    private synchronized void refuseWhenInterrupted() {
        if (interrupted) {
            interrupted = false;
            if (plain != null) {
                plain.lower();
            }
            if (watched != null) {
                watched.lower();
            }
            throw new Vlm4jException.Cancelled("the forward pass was interrupted");
        }
    }

    @Override
    Request request(ForwardInput input, Outputs what) {
        return new Request(model, projector, options, axes, input, what, Example.of(input));
    }

    @Override
    void heed() {
        refuseWhenInterrupted();
    }

    @Override
    ForwardOutput run(Request request, OutputMemory memory) {
        Map<Output, List<Tensor>> found = new EnumMap<>(Output.class);
        MemorySegment images = images(request, found, memory);
        LogitsOut logits = new LogitsOut(request, memory);
        if (needsText(request.what())) {
            evaluate(request, images, logits, found, memory);
        }
        logits.tensor().ifPresent(tensor -> found.put(Output.LOGITS, List.of(tensor)));
        return new ForwardOutputImpl(logits.losses(), found, memory);
    }

    private static boolean needsText(Outputs what) {
        return what.wants(Output.LOSS) || what.wants(Output.LOGITS) || needsLayers(what);
    }

    private static boolean needsLayers(Outputs what) {
        return what.wants(Output.HIDDEN_STATES) || what.wants(Output.ATTENTIONS);
    }

    private void evaluate(
            Request request,
            MemorySegment images,
            LogitsOut logits,
            Map<Output, List<Tensor>> found,
            OutputMemory memory) {
        Outputs what = request.what();
        boolean layers = needsLayers(what);
        TextContext context = context(request.longest(), layers);
        if (!layers) {
            request.examples().forEach(example -> context.evaluate(example, images, logits, null));
            return;
        }
        capture(request, images, logits, context, sinks(request, found, memory));
    }

    private void capture(
            Request request,
            MemorySegment images,
            LogitsOut logits,
            TextContext context,
            Function<Example, LayerSink> sinks) {
        boolean hidden = request.what().wants(Output.HIDDEN_STATES);
        boolean attentions = request.what().wants(Output.ATTENTIONS);
        for (Example example : request.examples()) {
            LayerCapture capture = new LayerCapture(model.layers(), hidden, attentions, sinks.apply(example));
            context.evaluate(example, images, logits, capture);
        }
    }

    /// The context that is there when it is long enough, else another.
    private TextContext context(int length, boolean watch) {
        TextContext present = watch ? watched : plain;
        if (present == null || present.length() < length) {
            if (present != null) {
                keep(null, watch);
                present.close();
            }
            present = TextContext.open(model, options, length, axes, watch, guard);
            keep(present, watch);
        }
        present.use(adapters);
        refuseWhenInterrupted();
        return present;
    }

    private synchronized void keep(@Nullable TextContext context, boolean watch) {
        if (watch) {
            watched = context;
        } else {
            plain = context;
        }
    }

    /// What fills image positions, as rows below each other.
    private MemorySegment images(Request request, Map<Output, List<Tensor>> found, OutputMemory memory) {
        ForwardImages images = request.input().images().orElse(null);
        if (images == null) {
            return MemorySegment.NULL;
        }
        long width = model.inputEmbeddingSize();
        MemorySegment rows = memory.floats(Math.multiplyExact(images.rows(), width));
        Shape shape = switch (images) {
            case ForwardImages.Features features -> {
                rows.copyFrom(features.features().segment());
                yield features.features().shape();
            }
            case ForwardImages.Pictures pictures -> {
                see(pictures, request.what(), rows, found, memory);
                yield Shape.of(pictures.images(), pictures.rowsPerImage(), width);
            }
            case ForwardImages.TiledPictures pictures -> {
                seeTiles(pictures, request, rows, found, memory);
                yield Shape.of(pictures.rows(), width);
            }
        };
        if (request.what().wants(Output.IMAGE_FEATURES)) {
            found.put(Output.IMAGE_FEATURES, List.of(Tensor.of(DType.F32, shape, rows)));
        }
        return rows;
    }

    /// Pictures in tiles, put together again.
    private void seeTiles(
            ForwardImages.TiledPictures pictures,
            Request request,
            MemorySegment rows,
            Map<Output, List<Tensor>> found,
            OutputMemory memory) {
        long row = (long) model.inputEmbeddingSize() * Float.BYTES;
        int tokens = request.layout(1, 1).tileTokens();
        int[] sizes = pictures.imageSizes().toIntArray();
        try (Arena scratch = Arena.ofConfined()) {
            ForwardImages.Pictures squares = pictures.asPictures(tokens);
            MemorySegment tiles = scratch.allocate(squares.rows() * row, Float.BYTES);
            see(squares, request.what(), tiles, found, memory);
            long in = 0;
            long out = 0;
            for (int i = 0; i < pictures.images(); i++) {
                TileLayout layout = request.layout(sizes[2 * i], sizes[2 * i + 1]);
                request.tiling().assemble(layout, tiles.asSlice(in), rows.asSlice(out));
                in += (long) layout.tiles() * tokens * row;
                out += layout.tokens() * row;
            }
        }
    }

    private void see(
            ForwardImages.Pictures pictures,
            Outputs what,
            MemorySegment rows,
            Map<Output, List<Tensor>> found,
            OutputMemory memory) {
        if (projector == null) {
            throw new IllegalStateException("no projector"); // refused before
        }
        if (options.precision() == Precision.FAST) {
            seeFast(pictures, projector, rows);
            return;
        }
        if (tower == null) {
            tower = VisionTower.open(projector);
        }
        boolean hidden = what.wants(Output.VISION_HIDDEN_STATES);
        boolean attentions = what.wants(Output.VISION_ATTENTIONS);
        VisionCapture capture =
                new VisionCapture(pictures.images(), pictures.width(), pictures.height(), hidden, attentions, memory);
        tower.encode(pictures, rows, capture);
        if (hidden) {
            found.put(Output.VISION_HIDDEN_STATES, capture.hiddenStates());
        }
        if (attentions) {
            found.put(Output.VISION_ATTENTIONS, capture.attentions());
        }
    }

    /// As generation sees pictures, its cache included.
    private static void seeFast(ForwardImages.Pictures pictures, ProjectorImpl projector, MemorySegment rows) {
        if (projector.pictureTiling().isPresent()) {
            seeSquares(pictures, projector, rows);
            return;
        }
        long size = rows.byteSize() / pictures.images();
        for (int i = 0; i < pictures.images(); i++) {
            MemorySegment pixels = pictures.pixels().slice(i).segment();
            try (Tensor features = projector.encode(ImageInput.ofRgb(pictures.width(), pictures.height(), pixels))) {
                if (features.byteSize() != size) {
                    throw new IllegalArgumentException("a picture of " + pictures.width() + "x" + pictures.height()
                            + " pixels takes " + features.shape().dim(0) + " positions, not "
                            + pictures.rowsPerImage());
                }
                MemorySegment.copy(features.segment(), 0, rows, i * size, size);
            }
        }
    }

    /// Pictures that are tiles already.
    private static void seeSquares(ForwardImages.Pictures pictures, ProjectorImpl projector, MemorySegment rows) {
        try (Arena scratch = Arena.ofConfined()) {
            List<MtmdChunks.Part> squares = new ArrayList<>();
            for (int i = 0; i < pictures.images(); i++) {
                MemorySegment pixels = pictures.pixels().slice(i).segment();
                MemorySegment copy = scratch.allocate(pixels.byteSize()).copyFrom(pixels);
                squares.add(new MtmdChunks.Part.Image(pictures.width(), pictures.height(), copy));
            }
            projector.encodeSquares(squares, pictures.rowsPerImage(), rows);
        }
    }

    @Override
    public void close() {
        guard.enter();
        try {
            closed = true;
            closeContexts();
            if (tower != null) {
                tower.close();
                tower = null;
            }
        } finally {
            guard.exit();
        }
        model.handle().release(this);
    }

    private synchronized void closeContexts() {
        if (plain != null) {
            plain.close();
            plain = null;
        }
        if (watched != null) {
            watched.close();
            watched = null;
        }
    }
}
