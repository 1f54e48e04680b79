package io.vlm4j.model.internal;

import io.vlm4j.natives.llama.EmbeddingBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.mtmd.MtmdChunks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// A picture cut into tiles in Java, whose rows are put together in Java. Immutable; on the heap.
///
/// mtmd gets each tile as a picture of its tower's own size. For such a one it changes nothing and makes no tiles of
/// its own, whether the file has pinpoints or not.
public final class TiledPicture implements LlamaMedium {
    private final TileLayout layout;
    private final int width;
    private final int height;
    private final int size;
    private final byte[] pixels;

    /// @param width  of the picture that was cut
    /// @param height of the picture that was cut
    /// @param size   of each tile
    /// @param pixels `[tiles, size, size, 3]`
    TiledPicture(TileLayout layout, int width, int height, int size, byte[] pixels) {
        this.layout = layout;
        this.width = width;
        this.height = height;
        this.size = size;
        this.pixels = pixels;
    }

    public TileLayout layout() {
        return layout;
    }

    /// Of the picture that was cut.
    public int width() {
        return width;
    }

    /// Of the picture that was cut.
    public int height() {
        return height;
    }

    /// The tiles as 8-bit RGB, `[tiles, size, size, 3]`, which are borrowed.
    public byte[] pixels() {
        return pixels;
    }

    /// The whole picture, which stands for it while a prompt is tokenized.
    ///
    /// @param arena of the copy
    public MtmdChunks.Part.Image first(Arena arena) {
        return tile(0, arena);
    }

    /// All tiles as inputs.
    ///
    /// @param arena of the copies
    List<MtmdChunks.Part> tiles(Arena arena) {
        List<MtmdChunks.Part> tiles = new ArrayList<>();
        for (int i = 0; i < layout.tiles(); i++) {
            tiles.add(tile(i, arena));
        }
        return tiles;
    }

    private MtmdChunks.Part.Image tile(int index, Arena arena) {
        int bytes = pixels.length / layout.tiles();
        MemorySegment copy = arena.allocate(bytes);
        MemorySegment.copy(pixels, index * bytes, copy, ValueLayout.JAVA_BYTE, 0, bytes);
        return new MtmdChunks.Part.Image(size, size, copy);
    }

    @Override
    public int tokens() {
        return layout.tokens();
    }

    @Override
    public int positions() {
        return layout.tokens();
    }

    @Override
    public String kind() {
        return "TILES";
    }

    @Override
    public boolean isCausal(OpenProjector projector) {
        return true; // as LLaVA's decoders are
    }

    @Override
    public int decode(OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int batchSize) {
        int code = 0;
        for (int first = 0; first < tokens() && code == 0; first += batchSize) {
            code = decodeRows(projector, context, rows, place, first, Math.min(batchSize, tokens() - first));
        }
        return code;
    }

    @Override
    public int decodeRows(
            OpenProjector projector, MemorySegment context, MemorySegment rows, Place place, int first, int count) {
        long row = rows.byteSize() / tokens();
        try (Arena arena = Arena.ofConfined()) {
            EmbeddingBatch batch = new EmbeddingBatch(count, 1, place.sequence(), arena);
            batch.set(rows.asSlice(first * row, count * row), count);
            for (int i = 0; i < count; i++) {
                batch.place(i, 0, count, place.position() + first + i, false);
            }
            return LlamaContexts.decode(context, batch.segment());
        }
    }
}
