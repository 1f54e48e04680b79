package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.natives.mtmd.MtmdProjectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/// What a projector computes with. Its buffers serve one encoding at a time, so encodings take turns; and it asks for
/// no more memory than there is. Thread-safe.
///
/// @param handle        the projector's, which is not closed here
/// @param embeddingSize numbers of a row
record TowerEncoder(
        Path path,
        TowerMemory memory,
        ProjectorTiles tiles,
        NativeHandle handle,
        int embeddingSize,
        ReentrantLock turn) {

    TowerEncoder(Path path, TowerMemory memory, ProjectorTiles tiles, NativeHandle handle, int embeddingSize) {
        this(path, memory, tiles, handle, embeddingSize, new ReentrantLock());
    }

    /// @throws Vlm4jException.ModelLoad when the machine has not what weights and every picture need
    static void requireRoom(Path path, TowerMemory memory) {
        requireRoom(path, memory, memory.weights() + (memory.isDynamic() ? 0 : memory.encoding(0)), "");
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
    void requireRoom(PreparedMedium medium) {
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

    void encode(PreparedMedium medium, MemorySegment out) {
        requireRoom(medium);
        switch (medium) {
            case NativeMedium(MemorySegment chunk) -> encode(chunk, out);
            case TiledPicture picture -> encode(picture, out);
            case PatchedPicture _ -> throw new AssertionError("a picture of another projector");
        }
    }

    private void encode(MemorySegment chunk, MemorySegment out) {
        turn.lock();
        try {
            MtmdProjectors.encode(handle.segment(), chunk, out);
        } finally {
            turn.unlock();
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

    /// Encodes as many of these in one pass as the encoder takes, the first ones.
    ///
    /// @return how many
    int encode(List<MemorySegment> chunks, List<MemorySegment> outs) {
        turn.lock();
        try {
            return MtmdProjectors.encode(handle.segment(), chunks, outs);
        } finally {
            turn.unlock();
        }
    }

    /// Encodes pictures of the tower's own size, whatever becomes of others; nothing is cached.
    ///
    /// @param tokens of each
    /// @param out    `[squares, tokens, embeddingSize()]`
    /// @throws Vlm4jException.Inference when one of them becomes something else than so many tokens
    void encodeSquares(List<MtmdChunks.Part> squares, int tokens, MemorySegment out) {
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
            turn.lock();
            try {
                for (int done = 0; done < outs.size(); ) {
                    done += MtmdProjectors.encode(
                            handle.segment(), chunks.subList(done, outs.size()), outs.subList(done, outs.size()));
                }
            } finally {
                turn.unlock();
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
}
