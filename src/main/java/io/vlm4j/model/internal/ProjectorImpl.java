package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Samples;
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
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/// A loaded projector. The encoder's buffers serve one encoding at a time, so encodings take turns.
public final class ProjectorImpl implements Projector {
    /// Some of mtmd's preprocessors end the process when a sound has fewer samples than they take at a time.
    private static final int SHORTEST_PER_SECOND = 10;

    private final ModelImpl model;
    private final Path path;
    private final NativeHandle handle;
    private final int embeddingSize;
    private final ReentrantLock encoding = new ReentrantLock();

    private ProjectorImpl(ModelImpl model, Path path, NativeHandle handle) {
        this.model = model;
        this.path = path;
        this.handle = handle;
        this.embeddingSize = model.inputEmbeddingSize();
    }

    static ProjectorImpl open(ModelImpl model, Path path, ProjectorOptions options) {
        String architecture = GgufHeader.architecture(path);
        if (!architecture.equals(GgufHeader.PROJECTOR)) {
            throw new Vlm4jException.ModelLoad(
                    path + " is a text model (" + architecture + "), not a projector (mmproj) file");
        }
        return model.handle().newChild(() -> new ProjectorImpl(model, path, load(model, path, options)));
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

    /// Decodes a picture, which the caller closes.
    ///
    /// @throws Vlm4jException.InvalidMedia when that fails, or the projector sees none
    public Pixels decode(ImageInput image) {
        if (!seesImages()) {
            throw new Vlm4jException.InvalidMedia(path + " cannot see pictures, such as " + image.description());
        }
        return image.decode();
    }

    /// Decodes a sound at the rate of the model, which the caller closes.
    ///
    /// @throws Vlm4jException.InvalidMedia when that fails, or the projector hears none
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
        return encode(tokenize(image));
    }

    @Override
    public Tensor encode(AudioInput audio) {
        return encode(tokenize(audio));
    }

    /// Encodes all media in a list, and closes it.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    private Tensor encode(NativeHandle chunks) {
        try (chunks) {
            MemorySegment list = chunks.segment();
            long count = MtmdChunks.count(list);
            long rows = 0;
            for (long i = 0; i < count; i++) {
                rows += mediaRows(MtmdChunks.chunk(list, i));
            }
            Arena arena = Arena.ofShared();
            try {
                MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, Math.multiplyExact(rows, embeddingSize));
                long offset = 0;
                for (long i = 0; i < count; i++) { // tiles of a picture, windows of a sound
                    MemorySegment chunk = MtmdChunks.chunk(list, i);
                    long bytes = 4L * mediaRows(chunk) * embeddingSize;
                    if (bytes > 0) {
                        encode(chunk, all.asSlice(offset, bytes));
                        offset += bytes;
                    }
                }
                return Tensor.owned(DType.F32, Shape.of(rows, embeddingSize), all, arena);
            } catch (Throwable t) {
                arena.close();
                throw t;
            }
        }
    }

    private NativeHandle tokenize(ImageInput image) {
        try (Pixels pixels = decode(image)) {
            return MtmdChunks.tokenize(
                    handle.segment(),
                    List.of(new MtmdChunks.Part.Image(pixels.width(), pixels.height(), pixels.segment())),
                    false);
        }
    }

    private NativeHandle tokenize(AudioInput audio) {
        try (Samples samples = decode(audio)) {
            return MtmdChunks.tokenize(handle.segment(), List.of(new MtmdChunks.Part.Audio(samples.segment())), false);
        }
    }

    private static long mediaRows(MemorySegment chunk) {
        return MtmdChunks.kind(chunk) == MtmdChunks.Kind.TEXT ? 0 : MtmdChunks.tokens(chunk);
    }

    /// Encodes a media chunk into a fresh tensor `[tokens, embeddingSize()]`, which the caller closes.
    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    public Tensor encode(MemorySegment chunk) {
        long rows = MtmdChunks.tokens(chunk);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT, Math.multiplyExact(rows, embeddingSize));
            encode(chunk, out);
            return Tensor.owned(DType.F32, Shape.of(rows, embeddingSize), out, arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
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

    @Override
    public void close() {
        handle.close();
        model.handle().release(this);
    }

    @Override
    public String toString() {
        return handle.toString();
    }
}
