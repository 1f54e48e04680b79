package io.vlm4j.forward.internal;

import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.natives.ffi.Callbacks;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.EvalObserver;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import io.vlm4j.processing.ForwardImages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A second copy of a projector, which is watched while it encodes and computes attention step by step. One thread
/// at a time.
public final class VisionTower implements AutoCloseable {
    private final Watch watch;
    private final Callbacks callbacks;
    private final Arena arena;
    private final NativeHandle handle;

    private static final class Watch implements EvalObserver {
        private @Nullable PictureObserver capture;

        @Override
        public boolean before(GraphTensor node) {
            return capture != null && capture.before(node);
        }

        @Override
        public void after(GraphTensor node) {
            if (capture != null) {
                capture.after(node);
            }
        }
    }

    private VisionTower(NativeHandle handle, Watch watch, Callbacks callbacks, Arena arena) {
        this.handle = handle;
        this.watch = watch;
        this.callbacks = callbacks;
        this.arena = arena;
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena lives as long as what is returned
    public static VisionTower open(ProjectorImpl projector) {
        Watch watch = new Watch();
        Callbacks callbacks = new Callbacks();
        Arena arena = Arena.ofShared();
        try {
            MemorySegment stub = EvalObserver.stub(watch, callbacks, arena);
            return new VisionTower(projector.newWatched(stub), watch, callbacks, arena);
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /// Encodes pictures, one after the other.
    ///
    /// @param out `[images, rows, width]`
    public void encode(ForwardImages.Pictures pictures, MemorySegment out, PictureObserver capture) {
        long picture = 3L * pictures.width() * pictures.height();
        long features = out.byteSize() / pictures.images();
        watch.capture = capture;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment pixels = scratch.allocate(picture);
            for (int i = 0; i < pictures.images(); i++) {
                MemorySegment.copy(pictures.pixels().segment(), i * picture, pixels, 0, picture);
                capture.begin(i);
                encode(pictures, pixels, out.asSlice(i * features, features));
                capture.end(handle.description());
            }
        } finally {
            watch.capture = null;
        }
    }

    private void encode(ForwardImages.Pictures pictures, MemorySegment pixels, MemorySegment out) {
        List<MtmdChunks.Part> parts = List.of(new MtmdChunks.Part.Image(pictures.width(), pictures.height(), pixels));
        try (NativeHandle chunks = MtmdChunks.tokenize(handle.segment(), parts, false)) {
            MemorySegment only = onlyMedium(chunks.segment(), pictures);
            if (MtmdChunks.tokens(only) != pictures.rowsPerImage()) {
                throw new IllegalArgumentException("a picture of " + pictures.width() + "x" + pictures.height()
                        + " pixels takes " + MtmdChunks.tokens(only) + " positions, not " + pictures.rowsPerImage());
            }
            try {
                MtmdProjectors.encode(handle.segment(), only, out);
            } catch (RuntimeException e) {
                callbacks.rethrow(); // what a callback threw is the cause
                throw e;
            }
            callbacks.rethrow();
        }
    }

    private static MemorySegment onlyMedium(MemorySegment chunks, ForwardImages.Pictures pictures) {
        MemorySegment found = MemorySegment.NULL;
        for (long i = 0; i < MtmdChunks.count(chunks); i++) {
            MemorySegment chunk = MtmdChunks.chunk(chunks, i);
            if (MtmdChunks.kind(chunk) == MtmdChunks.Kind.TEXT) {
                continue;
            }
            if (found.address() != 0) {
                throw new IllegalArgumentException("a picture of " + pictures.width() + "x" + pictures.height()
                        + " pixels is cut into tiles by this projector; give image features instead");
            }
            found = chunk;
        }
        if (found.address() == 0) {
            throw new IllegalStateException("preprocessing gave no picture");
        }
        return found;
    }

    @Override
    public void close() {
        handle.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
