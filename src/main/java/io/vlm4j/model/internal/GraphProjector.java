package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.graph.internal.ImageEncoderImpl;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Resampling;
import io.vlm4j.media.Samples;
import io.vlm4j.media.internal.Canvas;
import io.vlm4j.media.internal.PixelScale;
import io.vlm4j.media.internal.Resizer;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Tiling;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/// The image encoder that is in the file of a [GraphModel] itself. Encodings take turns.
public final class GraphProjector implements OpenProjector {
    private static final int MOST = 8192; // pixels of a side, or rows of a picture

    private final ModelImpl model;
    private final GraphModel graph;
    private final EncoderIdentity identity;
    private final ImageEncoderImpl encoder;
    private final EmbeddingCacheImpl cache;
    private final boolean ownsCache;
    private final int size; // of the square that pictures become; 0 when they are cut into patches
    private final PatchGrid.Settings settings;
    private final float[] endOfRow; // what the decoder reads at the end of a row of patches
    private final ReentrantLock encoding = new ReentrantLock();

    private GraphProjector(
            ModelImpl model,
            GraphModel graph,
            ProjectorOptions options,
            EncoderIdentity identity,
            ImageEncoderImpl encoder) {
        Optional<EmbeddingCache> shared = options.cache();
        this.model = model;
        this.graph = graph;
        this.identity = identity;
        this.encoder = encoder;
        GgufFile file = graph.weights().file();
        boolean cuts = graph.pictures().endOfRow() >= 0;
        this.size = cuts ? 0 : number(file, "image_size");
        this.settings = new PatchGrid.Settings(
                number(file, "patch_size"),
                number(file, cuts ? "image_width" : "image_size"),
                number(file, cuts ? "image_height" : "image_size"),
                cuts ? Resampling.BILINEAR : Resampling.BICUBIC,
                new PixelScale(PixelScale.RESCALE_FACTOR, floats(file, "image_mean"), floats(file, "image_std")),
                cuts ? value(file, "padding_value").asDouble() : 0);
        this.endOfRow = cuts ? encoder.tokenRow(graph.pictures().endOfRow()) : new float[0];
        this.cache =
                (EmbeddingCacheImpl) shared.orElseGet(() -> EmbeddingCache.create(EmbeddingCacheOptions.defaults()));
        this.ownsCache = shared.isEmpty();
    }

    static GraphProjector open(ModelImpl model, GraphModel graph, Path path, ProjectorOptions options) {
        requireOwn(model, path);
        if (options.minImageTokens() > 0 || options.maxImageTokens() > 0) {
            throw new IllegalArgumentException(model.path() + " has no limits of image tokens to set ("
                    + options.minImageTokens() + " to " + options.maxImageTokens() + ")");
        }
        EncoderIdentity identity = EncoderIdentity.of(model.path(), options);
        return model.handle().newChild(() -> {
            ImageEncoderImpl encoder = graph.weights().newImageEncoder(options.threads());
            try {
                return new GraphProjector(model, graph, options, identity, encoder);
            } catch (IllegalStateException otherType) {
                encoder.close();
                throw new Vlm4jException.InvalidFile(model.path() + ": " + otherType.getMessage(), otherType);
            } catch (Throwable t) {
                encoder.close();
                throw t;
            }
        });
    }

    private static void requireOwn(ModelImpl model, Path path) {
        boolean own;
        try {
            own = Files.isSameFile(path, model.path());
        } catch (IOException e) {
            throw new Vlm4jException.InvalidFile("cannot read " + path + ": " + e, e);
        }
        if (!own) {
            throw new Vlm4jException.ModelLoad(model.path() + " (" + model.architecture()
                    + ") has its image encoder inside: " + path + " does not belong to it; name the model's own file");
        }
    }

    private static int number(GgufFile file, String key) {
        long number = value(file, key).asLong();
        if (number < 1 || number > MOST) {
            throw new Vlm4jException.InvalidFile(file.path() + ": vision." + key + " is " + number);
        }
        return (int) number;
    }

    private static float[] floats(GgufFile file, String key) {
        float[] floats = value(file, key).asFloats();
        if (floats.length != Rows.CHANNELS) {
            throw new Vlm4jException.InvalidFile(
                    file.path() + ": vision." + key + " has " + floats.length + " numbers, not 3");
        }
        return floats;
    }

    private static GgufValue value(GgufFile file, String key) {
        String whole = file.architecture().orElseThrow() + ".vision." + key;
        return file.value(whole).orElseThrow(() -> new Vlm4jException.InvalidFile(file.path() + " has no " + whole));
    }

    /// A decoded picture, ready to be encoded.
    ///
    /// @throws Vlm4jException.InvalidMedia when it is too narrow or too large
    public PatchedPicture prepare(Pixels pixels) {
        if (size == 0) {
            PatchGrid grid = PatchGrid.cut(Rows.of(pixels), settings);
            long patches = (long) grid.rows() * grid.columns();
            Tensor values = Tensor.ofFloats(Shape.of(patches, grid.values().length / patches), grid.values());
            return new PatchedPicture(values, grid.columns(), grid.rows() * (grid.columns() + 1));
        }
        byte[] square =
                Resizer.resize(Canvas.of(Rows.of(pixels)), settings.resampling(), Resizer.Window.all(size, size));
        float[] planes = new float[square.length];
        settings.scale().planes(square, planes, 0);
        return new PatchedPicture(
                Tensor.ofFloats(Shape.of(1, Rows.CHANNELS, size, size), planes),
                0,
                number(graph.weights().file(), "latent_query_count"));
    }

    @Override
    public Path path() {
        return model.path();
    }

    @Override
    public Model model() {
        return model;
    }

    /// How a prompt's tokens stand around pictures.
    public GraphModel.PictureFrame frame() {
        return graph.pictures();
    }

    @Override
    public boolean seesImages() {
        return true;
    }

    @Override
    public boolean hearsAudio() {
        return false;
    }

    @Override
    public OptionalInt audioSampleRate() {
        return OptionalInt.empty();
    }

    @Override
    public int embeddingSize() {
        return graph.decoder().width();
    }

    @Override
    public Tiling tiling() {
        return new Tiling(Tiling.Kind.NONE, "");
    }

    @Override
    public Optional<PictureTiling> pictureTiling() {
        return Optional.empty();
    }

    @Override
    public EmbeddingCache cache() {
        return cache;
    }

    @Override
    public Pixels decode(ImageInput image) {
        return image.decode();
    }

    @Override
    public Samples decode(AudioInput audio) {
        throw new Vlm4jException.InvalidMedia(path() + " cannot hear sounds, such as " + audio.description());
    }

    @Override
    public Tensor encode(ImageInput image) {
        PatchedPicture picture;
        String contentId;
        try (Pixels pixels = decode(image)) {
            picture = prepare(pixels);
            contentId = cache.isOff() ? "" : pixels.sha256();
        }
        return encode(picture, contentId + "/0").tensor();
    }

    @Override
    public Tensor encode(AudioInput audio) {
        try (Samples _ = decode(audio)) {
            throw new AssertionError("no sounds");
        }
    }

    @Override
    public MediaEmbeddings encode(PreparedMedium medium, String contentId) {
        PatchedPicture picture = (PatchedPicture) medium;
        return cache.get(key(picture, contentId), out -> fill(picture, out));
    }

    private EmbeddingKey key(PatchedPicture picture, String contentId) {
        model.handle().segment(); // a closed model has no encodings, whatever the cache knows
        return new EmbeddingKey(
                identity, picture.kind() + " " + contentId, Shape.of(picture.tokens(), embeddingSize()));
    }

    @Override
    public Optional<MediaEmbeddings> remembered(PreparedMedium medium, String contentId) {
        return cache.peek(key((PatchedPicture) medium, contentId));
    }

    @Override
    public List<Optional<MediaEmbeddings>> encodeTogether(List<PreparedMedium> media, List<String> contentIds) {
        List<Optional<MediaEmbeddings>> results = new ArrayList<>(Collections.nCopies(media.size(), Optional.empty()));
        results.set(0, Optional.of(encode(media.getFirst(), contentIds.getFirst())));
        return results;
    }

    /// The rows of a prepared picture, without ends of rows of patches.
    ///
    /// @param pixels as [io.vlm4j.graph.ImageEncoder] wants them
    /// @throws IllegalArgumentException when they have another shape
    public float[] encodePixels(Tensor pixels) {
        encoding.lock();
        try {
            return encoder.encode(pixels).toFloatArray();
        } finally {
            encoding.unlock();
        }
    }

    private void fill(PatchedPicture picture, MemorySegment out) {
        float[] rows = encodePixels(picture.pixels());
        int width = embeddingSize();
        int line = picture.columns() > 0 ? picture.columns() : rows.length / width;
        long place = 0;
        for (int from = 0; from < rows.length; from += line * width) {
            MemorySegment.copy(rows, from, out, ValueLayout.JAVA_FLOAT, place, line * width);
            place += (long) line * width * Float.BYTES;
            MemorySegment.copy(endOfRow, 0, out, ValueLayout.JAVA_FLOAT, place, endOfRow.length);
            place += (long) endOfRow.length * Float.BYTES;
        }
    }

    @Override
    public void close() {
        encoder.close();
        if (ownsCache) {
            cache.close();
        }
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return "image encoder of " + model;
    }
}
