package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.EmbeddingCacheOptions;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// A loaded projector. The encoder's buffers serve one encoding at a time, so encodings take turns.
public final class ProjectorImpl implements Projector {
    private final ModelImpl model;
    private final Path path;
    private final EncoderIdentity identity;
    private final NativeHandle handle;
    private final int embeddingSize;
    private final EmbeddingCacheImpl cache;
    private final boolean ownsCache;
    private final ReentrantLock encoding = new ReentrantLock();

    private ProjectorImpl(
            ModelImpl model,
            Path path,
            EncoderIdentity identity,
            NativeHandle handle,
            Optional<EmbeddingCache> shared) {
        this.model = model;
        this.path = path;
        this.identity = identity;
        this.handle = handle;
        this.embeddingSize = model.inputEmbeddingSize();
        this.cache =
                (EmbeddingCacheImpl) shared.orElseGet(() -> EmbeddingCache.create(EmbeddingCacheOptions.defaults()));
        this.ownsCache = shared.isEmpty();
    }

    static ProjectorImpl open(ModelImpl model, Path path, ProjectorOptions options) {
        String architecture = GgufHeader.architecture(path);
        if (!architecture.equals(GgufHeader.PROJECTOR)) {
            throw new Vlm4jException.ModelLoad(
                    path + " is a text model (" + architecture + "), not a projector (mmproj) file");
        }
        EncoderIdentity identity = EncoderIdentity.of(path, options); // of the file as it is before it is read
        return model.handle()
                .newChild(() -> new ProjectorImpl(model, path, identity, load(model, path, options), options.cache()));
    }

    private static NativeHandle load(ModelImpl model, Path path, ProjectorOptions options) {
        return MtmdProjectors.load(
                path,
                model.handle().segment(),
                new MtmdProjectors.Parameters(
                        options.gpu(),
                        options.threads(),
                        options.warmup(),
                        options.minImageTokens(),
                        options.maxImageTokens(),
                        MemorySegment.NULL),
                options.listener()::onProgress);
    }

    public NativeHandle handle() {
        return handle;
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
    public int embeddingSize() {
        return embeddingSize;
    }

    @Override
    public Tensor encode(ImageInput image) {
        List<MediaEmbeddings> tiles = new ArrayList<>();
        String contentId;
        NativeHandle chunks;
        try (Pixels pixels = image.decode()) {
            contentId = cache.isOff() ? "" : pixels.sha256();
            chunks = tokenize(pixels);
        }
        try (chunks) {
            MemorySegment list = chunks.segment();
            long count = MtmdChunks.count(list);
            for (long i = 0; i < count; i++) {
                MemorySegment chunk = MtmdChunks.chunk(list, i);
                if (MtmdChunks.kind(chunk) != MtmdChunks.Kind.TEXT) {
                    tiles.add(encode(chunk, contentId + "/" + tiles.size()));
                }
            }
            return tiles.size() == 1 ? tiles.removeFirst().tensor() : joined(tiles);
        } finally {
            tiles.forEach(MediaEmbeddings::close);
        }
    }

    private NativeHandle tokenize(Pixels pixels) {
        return MtmdChunks.tokenize(
                handle.segment(),
                List.of(new MtmdChunks.Part.Image(pixels.width(), pixels.height(), pixels.segment())),
                false);
    }

    /// A copy of the tiles, one below the other.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private Tensor joined(List<MediaEmbeddings> tiles) {
        long rows =
                tiles.stream().mapToLong(tile -> tile.tensor().shape().dim(0)).sum();
        Arena arena = Arena.ofShared();
        try {
            MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, Math.multiplyExact(rows, embeddingSize));
            long offset = 0;
            for (MediaEmbeddings tile : tiles) {
                MemorySegment part = tile.tensor().segment();
                MemorySegment.copy(part, 0, all, offset, part.byteSize());
                offset += part.byteSize();
            }
            return Tensor.owned(DType.F32, Shape.of(rows, embeddingSize), all, arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /// Encodes a media chunk, or finds what was encoded before, as `[tokens, embeddingSize()]`. The caller closes it.
    ///
    /// @param contentId as [io.vlm4j.prompt.TokenizedPrompt.MediaChunk] has it
    public MediaEmbeddings encode(MemorySegment chunk, String contentId) {
        handle.segment(); // a closed projector has no encodings, whatever the cache knows
        Shape shape = Shape.of(MtmdChunks.tokens(chunk), embeddingSize);
        String content = MtmdChunks.kind(chunk) + " " + contentId;
        return cache.get(new EmbeddingKey(identity, content, shape), out -> encode(chunk, out));
    }

    private void encode(MemorySegment chunk, MemorySegment out) {
        encoding.lock();
        try {
            MtmdProjectors.encode(handle.segment(), chunk, out);
        } finally {
            encoding.unlock();
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
