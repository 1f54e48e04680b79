package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Samples;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.model.Tiling;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import io.vlm4j.tensor.DType;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A loaded projector: what becomes of a picture or a sound, and what is remembered of it.
public final class ProjectorImpl implements OpenProjector {
    /// Some of mtmd's preprocessors end the process when a sound has fewer samples than they take at a time.
    private static final int SHORTEST_PER_SECOND = 10;

    private final ModelImpl model;
    private final Path path;
    private final ProjectorOptions options;
    private final EncoderIdentity identity;
    private final ProjectorTiles tiles;
    private final NativeHandle handle;
    private final TowerEncoder encoder;
    private final int embeddingSize;
    private final EmbeddingCacheImpl cache;
    private final boolean ownsCache;
    private final SeenPictures seen = new SeenPictures();

    private ProjectorImpl(
            ModelImpl model,
            Path path,
            ProjectorOptions options,
            EncoderIdentity identity,
            ProjectorTiles tiles,
            TowerMemory memory,
            NativeHandle handle) {
        Optional<EmbeddingCache> shared = options.cache();
        this.model = model;
        this.path = path;
        this.options = options;
        this.identity = identity;
        this.tiles = tiles;
        this.handle = handle;
        this.embeddingSize = model.inputEmbeddingSize();
        this.encoder = new TowerEncoder(path, memory, tiles, handle, embeddingSize);
        this.cache =
                (EmbeddingCacheImpl) shared.orElseGet(() -> EmbeddingCache.create(EmbeddingCacheOptions.defaults()));
        this.ownsCache = shared.isEmpty();
    }

    static ProjectorImpl open(ModelImpl model, Path path, ProjectorOptions options) {
        TowerMemory memory;
        EncoderIdentity identity;
        ProjectorTiles tiles;
        try (GgufFile file = GgufFile.open(path)) {
            requireProjector(file);
            memory = TowerMemory.of(file);
            TowerEncoder.requireRoom(path, memory);
            identity = EncoderIdentity.of(path, options); // of the file as it is before it is read
            tiles = ProjectorTiles.of(model, file);
        }
        return model.handle()
                .newChild(() -> new ProjectorImpl(
                        model, path, options, identity, tiles, memory, load(model, path, options, MemorySegment.NULL)));
    }

    private static void requireProjector(GgufFile file) {
        String architecture = GgufHeader.architecture(file);
        if (!architecture.equals(GgufHeader.PROJECTOR)) {
            throw new Vlm4jException.ModelLoad(file.path() + " is a text model (" + architecture + "), not a projector"
                    + " (mmproj) file" + (GraphModel.isOf(architecture) ? "; it sees by itself" : ""));
        }
    }

    /// Loads the file once more, to be watched while it encodes. The caller closes it, and no later than the model.
    ///
    /// @param evalCallback see `EvalObserver.stub`; outlives what is returned
    public NativeHandle newWatched(MemorySegment evalCallback) {
        handle.segment();
        return load(model, path, options, evalCallback);
    }

    private static NativeHandle load(ModelImpl model, Path path, ProjectorOptions options, MemorySegment evalCallback) {
        return MtmdProjectors.load(
                path,
                model.handle().segment(),
                new MtmdProjectors.Parameters(
                        options.gpu(),
                        options.threads(),
                        options.warmup(),
                        options.minImageTokens(),
                        options.maxImageTokens(),
                        evalCallback),
                options.listener()::onProgress);
    }

    public NativeHandle handle() {
        return handle;
    }

    EncoderIdentity identity() {
        return identity;
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public Tiling tiling() {
        return tiles.tiling();
    }

    @Override
    public Optional<PictureTiling> pictureTiling() {
        return tiles.how();
    }

    @Override
    public EmbeddingCache cache() {
        return cache;
    }

    @Override
    public boolean seesImages() {
        return MtmdProjectors.seesImages(handle.segment());
    }

    @Override
    public boolean hearsAudio() {
        return MtmdProjectors.hearsAudio(handle.segment());
    }

    @Override
    public OptionalInt audioSampleRate() {
        int rate = MtmdProjectors.audioSampleRate(handle.segment());
        return rate > 0 ? OptionalInt.of(rate) : OptionalInt.empty();
    }

    @Override
    public Pixels decode(ImageInput image) {
        if (!seesImages()) {
            throw new Vlm4jException.InvalidMedia(path + " cannot see pictures, such as " + image.description());
        }
        return image.decode();
    }

    @Override
    public Samples decode(AudioInput audio) {
        int rate = audioSampleRate()
                .orElseThrow(() ->
                        new Vlm4jException.InvalidMedia(path + " cannot hear sounds, such as " + audio.description()));
        Samples samples = audio.decode(rate);
        if (samples.length() < rate / SHORTEST_PER_SECOND) {
            long length = samples.length();
            samples.close();
            throw new Vlm4jException.InvalidMedia(audio.description() + ": too short: " + length + " samples at " + rate
                    + " Hz, at least " + rate / SHORTEST_PER_SECOND + " are needed");
        }
        return samples;
    }

    @Override
    public int embeddingSize() {
        return embeddingSize;
    }

    @Override
    public Tensor encode(ImageInput image) {
        String contentId;
        NativeHandle chunks;
        try (Pixels pixels = decode(image)) {
            contentId = cache.isOff() ? "" : pixels.sha256();
            if (tiles.how().isPresent()) {
                return encode(tiles.how().get().cut(pixels), tiledId(contentId)).tensor();
            }
            chunks = tokenize(new MtmdChunks.Part.Image(pixels.width(), pixels.height(), pixels.segment()));
        }
        return encode(chunks, contentId);
    }

    @Override
    public Tensor encode(AudioInput audio) {
        String contentId;
        NativeHandle chunks;
        try (Samples samples = decode(audio)) {
            contentId = cache.isOff() ? "" : samples.sha256();
            chunks = tokenize(new MtmdChunks.Part.Audio(samples.segment()));
        }
        return encode(chunks, contentId);
    }

    private NativeHandle tokenize(MtmdChunks.Part medium) {
        return MtmdChunks.tokenize(handle.segment(), List.of(medium), false);
    }

    /// Encodes all media in a list, and closes it.
    private Tensor encode(NativeHandle chunks, String contentId) {
        List<MediaEmbeddings> parts = new ArrayList<>(); // tiles of a picture, windows of a sound
        try (chunks) {
            MemorySegment list = chunks.segment();
            long count = MtmdChunks.count(list);
            for (long i = 0; i < count; i++) {
                MemorySegment chunk = MtmdChunks.chunk(list, i);
                if (MtmdChunks.kind(chunk) != MtmdChunks.Kind.TEXT) {
                    parts.add(encode(new NativeMedium(chunk), contentId + "/" + parts.size()));
                }
            }
            return parts.size() == 1 ? parts.removeFirst().tensor() : joined(parts);
        } finally {
            parts.forEach(MediaEmbeddings::close);
        }
    }

    /// A copy of the parts, one below the other.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private Tensor joined(List<MediaEmbeddings> parts) {
        long count =
                parts.stream().mapToLong(part -> part.tensor().shape().dim(0)).sum();
        Arena arena = Arena.ofShared();
        try {
            MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, Math.multiplyExact(count, embeddingSize));
            long offset = 0;
            for (MediaEmbeddings part : parts) {
                MemorySegment rows = part.tensor().segment();
                MemorySegment.copy(rows, 0, all, offset, rows.byteSize());
                offset += rows.byteSize();
            }
            return Tensor.owned(DType.F32, Shape.of(count, embeddingSize), all, arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /// The content of a picture whose tiles are merged, as [io.vlm4j.prompt.TokenizedPrompt.MediaChunk] has it.
    ///
    /// @param sha256 of its pixels
    public static String tiledId(String sha256) {
        return sha256 + "/tiles";
    }

    @Override
    public MediaEmbeddings encode(PreparedMedium medium, String contentId) {
        return cache.get(key(medium, contentId), out -> encoder.encode(medium, out));
    }

    private EmbeddingKey key(PreparedMedium medium, String contentId) {
        handle.segment(); // a closed projector has no encodings, whatever the cache knows
        Shape shape = Shape.of(medium.tokens(), embeddingSize);
        return new EmbeddingKey(identity, medium.kind() + " " + contentId, shape);
    }

    @Override
    public Optional<MediaEmbeddings> remembered(PreparedMedium medium, String contentId) {
        return cache.peek(key(medium, contentId));
    }

    /// The pictures that it was shown.
    public SeenPictures seen() {
        return seen;
    }

    /// What was encoded of a picture, when all of it is in the cache's memory. Nothing is preprocessed: for that
    /// the size is enough. The caller closes them.
    ///
    /// @param sha256 of what the picture is
    /// @return one for each chunk of the picture; none when one is missing
    public List<MediaEmbeddings> remembered(SeenPictures.Size size, String sha256) {
        List<EmbeddingKey> keys = new ArrayList<>();
        try (NativeHandle chunks = tokenize(new MtmdChunks.Part.Outline(size.width(), size.height()))) {
            MemorySegment list = chunks.segment();
            long count = MtmdChunks.count(list);
            for (long i = 0; i < count; i++) {
                MemorySegment chunk = MtmdChunks.chunk(list, i);
                if (MtmdChunks.kind(chunk) != MtmdChunks.Kind.TEXT) {
                    keys.add(key(new NativeMedium(chunk), sha256 + "/" + keys.size()));
                }
            }
        } catch (Vlm4jException.InvalidMedia e) {
            return List.of(); // whoever prepares the picture itself says why
        }
        return cache.peekAll(keys);
    }

    @Override
    public List<Optional<MediaEmbeddings>> encodeTogether(List<PreparedMedium> media, List<String> contentIds) {
        if (media.getFirst() instanceof TiledPicture) {
            List<Optional<MediaEmbeddings>> results =
                    new ArrayList<>(Collections.nCopies(media.size(), Optional.empty()));
            results.set(0, Optional.of(encode(media.getFirst(), contentIds.getFirst())));
            return results;
        }
        List<EmbeddingKey> keys = new ArrayList<>();
        for (int i = 0; i < media.size(); i++) {
            keys.add(key(media.get(i), contentIds.get(i)));
        }
        return new JointEncoding(encoder, cache, media, keys).encode();
    }

    /// Encodes pictures of the tower's own size, whatever becomes of others; nothing is cached.
    ///
    /// @param tokens of each
    /// @param out    `[squares, tokens, embeddingSize()]`
    /// @throws Vlm4jException.Inference when one of them becomes something else than so many tokens
    public void encodeSquares(List<MtmdChunks.Part> squares, int tokens, MemorySegment out) {
        encoder.encodeSquares(squares, tokens, out);
    }

    @Override
    public void close() {
        handle.close();
        if (ownsCache) {
            cache.close();
        }
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
