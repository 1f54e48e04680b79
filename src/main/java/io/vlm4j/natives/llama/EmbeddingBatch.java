package io.vlm4j.natives.llama;

import io.vlm4j.bindings.llama.llama_batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A `llama_batch` of rows of embeddings in one sequence, allocated once. The rows are not copied: they are read where
/// they lie. Belongs to one context; one thread at a time.
public final class EmbeddingBatch {
    private final MemorySegment struct;
    private final MemorySegment positions;
    private final MemorySegment outputs;
    private final int capacity;
    private final int axes;

    /// @param axes  positions of each row: 1, or 4 for models with M-RoPE
    /// @param arena lives as long as the context
    public EmbeddingBatch(int capacity, int axes, int sequence, Arena arena) {
        this.capacity = capacity;
        this.axes = axes;
        struct = llama_batch.allocate(arena);
        positions = arena.allocate(ValueLayout.JAVA_INT, (long) capacity * axes);
        outputs = arena.allocate(capacity);
        MemorySegment counts = arena.allocate(ValueLayout.JAVA_INT, capacity);
        MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, capacity);
        MemorySegment sequences = arena.allocateFrom(ValueLayout.JAVA_INT, sequence);
        for (int i = 0; i < capacity; i++) {
            counts.setAtIndex(ValueLayout.JAVA_INT, i, 1);
            pointers.setAtIndex(ValueLayout.ADDRESS, i, sequences);
        }
        llama_batch.token(struct, MemorySegment.NULL);
        llama_batch.pos(struct, positions);
        llama_batch.n_seq_id(struct, counts);
        llama_batch.seq_id(struct, pointers);
        llama_batch.logits(struct, outputs);
        llama_batch.n_tokens(struct, 0);
    }

    /// Puts rows in place of those that were there.
    ///
    /// @param rows native memory that stays as it is until the batch is evaluated
    /// @throws IllegalArgumentException when there are more than the batch holds
    public void set(MemorySegment rows, int count) {
        if (count > capacity) {
            throw new IllegalArgumentException("the batch holds " + capacity + " rows, not " + count);
        }
        llama_batch.embd(struct, rows);
        llama_batch.n_tokens(struct, count);
    }

    /// @param count  the rows of the batch, whose positions lie axis by axis
    /// @param output whether logits are computed for this row
    public void place(int row, int axis, int count, int position, boolean output) {
        positions.setAtIndex(ValueLayout.JAVA_INT, (long) axis * count + row, position);
        outputs.set(ValueLayout.JAVA_BYTE, row, output ? (byte) 1 : 0);
    }

    public int axes() {
        return axes;
    }

    public MemorySegment segment() {
        return struct;
    }
}
