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
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/// A loaded projector. The encoder's buffers serve one encoding at a time, so encodings take turns.
public final class ProjectorImpl implements OpenProjector {
    /// Some of mtmd's preprocessors end the process when a sound has fewer samples than they take at a time.
    private static final int SHORTEST_PER_SECOND = 10;

    private final ModelImpl model;
    private final Path path;
    private final ProjectorOptions options;
    private final EncoderIdentity identity;
    private final ProjectorTiles tiles;
    private final TowerMemory memory;
    private final NativeHandle handle;
    private final int embeddingSize;
    private final EmbeddingCacheImpl cache;
    private final boolean ownsCache;
    private final ReentrantLock encoding = new ReentrantLock();

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
        this.memory = memory;
        this.handle = handle;
        this.embeddingSize = model.inputEmbeddingSize();
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
            requireRoom(path, memory, memory.weights() + (memory.isDynamic() ? 0 : memory.encoding(0)), "");
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

    /// @param way out of it, where there is one
    /// @throws Vlm4jException.ModelLoad when the machine has not so many bytes
    private static void requireRoom(Path path, TowerMemory memory, double bytes, String way) {
        MemoryCheck.require(
                bytes,
                () -> String.format(
                        Locale.ROOT,
                        "%s needs %.1f GiB (%.1f for its weights, %.1f to encode a picture)%s%s",
                        path,
                        bytes / (1L << 30),
                        memory.weights() / (double) (1L << 30),
                        (bytes - memory.weights()) / (1L << 30),
                        MemoryCheck.MACHINE,
                        way.isEmpty() ? "it cannot be used here" : way));
    }

    /// Where a picture's size counts, whether it can be encoded is known only now.
    ///
    /// @throws Vlm4jException.InvalidMedia when it cannot
    private void requireRoom(PreparedMedium medium) {
        if (memory.isDynamic()) {
            try {
                double bytes = memory.weights() + memory.encoding(medium.tokens());
                requireRoom(
                        path,
                        memory,
                        bytes,
                        "make the picture smaller than its " + medium.tokens() + " tokens, or lower maxImageTokens");
            } catch (Vlm4jException.ModelLoad tooLarge) {
                throw new Vlm4jException.InvalidMedia(String.valueOf(tooLarge.getMessage()), tooLarge);
            }
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
        return cache.get(key(medium, contentId), out -> encode(medium, out));
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

    @Override
    public List<Optional<MediaEmbeddings>> encodeTogether(List<PreparedMedium> media, List<String> contentIds) {
        if (media.getFirst() instanceof TiledPicture) {
            List<Optional<MediaEmbeddings>> results =
                    new ArrayList<>(Collections.nCopies(media.size(), Optional.empty()));
            results.set(0, Optional.of(encode(media.getFirst(), contentIds.getFirst())));
            return results;
        }
        return new JointEncoding(media, contentIds).encode();
    }

    /// Some media in one pass. Each is announced to the cache as any other that is being made, the next one while the
    /// one before it is; the last one to be announced has the encoder called for all of them.
    private final class JointEncoding {
        private final List<MemorySegment> chunks = new ArrayList<>(); // up to the first picture in tiles
        private final List<EmbeddingKey> keys = new ArrayList<>();
        private final List<MemorySegment> outs = new ArrayList<>(); // of those that are missing, the first ones
        private final List<Optional<MediaEmbeddings>> results = new ArrayList<>();
        private int encoded;

        JointEncoding(List<PreparedMedium> media, List<String> contentIds) {
            for (int i = 0; i < media.size(); i++) {
                requireRoom(media.get(i));
                if (chunks.size() == i && media.get(i) instanceof NativeMedium(MemorySegment chunk)) {
                    chunks.add(chunk);
                    keys.add(key(media.get(i), contentIds.get(i)));
                }
                results.add(Optional.empty());
            }
        }

        List<Optional<MediaEmbeddings>> encode() {
            try {
                results.set(0, Optional.of(cache.get(keys.getFirst(), out -> fill(0, out))));
                return results;
            } catch (Throwable t) {
                results.forEach(result -> result.ifPresent(MediaEmbeddings::close));
                throw t;
            }
        }

        private void fill(int index, MemorySegment out) {
            outs.add(out);
            int next = index + 1;
            if (next < chunks.size()) {
                try {
                    results.set(next, cache.getWithoutWaiting(keys.get(next), more -> fill(next, more)));
                } catch (NotTaken e) {
                    results.set(next, Optional.empty());
                }
            }
            if (encoded == 0) {
                encoding.lock();
                try {
                    encoded = MtmdProjectors.encode(handle.segment(), chunks.subList(0, outs.size()), outs);
                } finally {
                    encoding.unlock();
                }
            }
            if (index >= encoded) {
                throw new NotTaken();
            }
        }
    }

    /// The encoder takes no more in this pass.
    private static final class NotTaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotTaken() {
            super("", null, false, false);
        }
    }

    private void encode(PreparedMedium medium, MemorySegment out) {
        requireRoom(medium);
        switch (medium) {
            case NativeMedium(MemorySegment chunk) -> encode(chunk, out);
            case TiledPicture picture -> encode(picture, out);
            case PatchedPicture _ -> throw new AssertionError("a picture of another projector");
        }
    }

    private void encode(MemorySegment chunk, MemorySegment out) {
        encoding.lock();
        try {
            MtmdProjectors.encode(handle.segment(), chunk, out);
        } finally {
            encoding.unlock();
        }
    }

    private void encode(TiledPicture picture, MemorySegment out) {
        TileLayout layout = picture.layout();
        try (Arena scratch = Arena.ofConfined()) {
            long floats = Math.multiplyExact((long) layout.tiles() * layout.tileTokens(), embeddingSize);
            MemorySegment rows = scratch.allocate(ValueLayout.JAVA_FLOAT, floats);
            encodeSquares(picture.tiles(scratch), layout.tileTokens(), rows);
            tiles.how().orElseThrow().assemble(layout, rows, out);
        }
    }

    /// Encodes pictures of the tower's own size, whatever becomes of others; nothing is cached.
    ///
    /// @param tokens of each
    /// @param out    `[squares, tokens, embeddingSize()]`
    /// @throws Vlm4jException.Inference when one of them becomes something else than so many tokens
    public void encodeSquares(List<MtmdChunks.Part> squares, int tokens, MemorySegment out) {
        long bytes = (long) tokens * embeddingSize * Float.BYTES;
        List<MemorySegment> chunks = new ArrayList<>();
        List<MemorySegment> outs = new ArrayList<>();
        try (NativeHandle list = MtmdChunks.tokenize(handle.segment(), squares, false)) {
            for (long i = 0; i < MtmdChunks.count(list.segment()); i++) {
                MemorySegment chunk = MtmdChunks.chunk(list.segment(), i);
                if (MtmdChunks.kind(chunk) != MtmdChunks.Kind.TEXT) {
                    requireSquare(chunk, tokens, outs.size() < squares.size());
                    outs.add(out.asSlice(outs.size() * bytes, bytes));
                    chunks.add(chunk);
                }
            }
            encoding.lock();
            try {
                for (int done = 0; done < outs.size(); ) {
                    done += MtmdProjectors.encode(
                            handle.segment(), chunks.subList(done, outs.size()), outs.subList(done, outs.size()));
                }
            } finally {
                encoding.unlock();
            }
        }
    }

    /// Memory was made for so many rows, whatever mtmd does with pictures of the tower's size.
    private void requireSquare(MemorySegment chunk, int tokens, boolean expected) {
        if (MtmdChunks.tokens(chunk) != tokens || !expected) {
            throw new Vlm4jException.Inference(path + ": a picture of the tower's own size became "
                    + MtmdChunks.tokens(chunk) + " rows instead of " + tokens + ", or was cut into tiles");
        }
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
