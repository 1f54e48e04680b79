package io.vlm4j.natives.llama;

import io.vlm4j.bindings.llama.llama_batch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A `llama_batch` of token ids, allocated once and filled again and again without allocating.
/// Belongs to one context; one thread at a time.
public final class LlamaBatch {
    private final MemorySegment struct;
    private final MemorySegment tokens;
    private final MemorySegment positions;
    private final MemorySegment sequenceCounts;
    private final MemorySegment sequencePointers;
    private final MemorySegment sequences;
    private final MemorySegment outputs;
    private final int capacity;
    private int size;

    /// @param arena lives as long as the context
    public LlamaBatch(int capacity, Arena arena) {
        this.capacity = capacity;
        struct = llama_batch.allocate(arena);
        tokens = arena.allocate(ValueLayout.JAVA_INT, capacity);
        positions = arena.allocate(ValueLayout.JAVA_INT, capacity);
        sequenceCounts = arena.allocate(ValueLayout.JAVA_INT, capacity);
        sequencePointers = arena.allocate(ValueLayout.ADDRESS, capacity);
        sequences = arena.allocate(ValueLayout.JAVA_INT, capacity);
        outputs = arena.allocate(capacity);
        for (int i = 0; i < capacity; i++) { // one sequence a token, each in a slot of its own
            sequenceCounts.setAtIndex(ValueLayout.JAVA_INT, i, 1);
            sequencePointers.setAtIndex(ValueLayout.ADDRESS, i, sequences.asSlice(4L * i));
        }
        llama_batch.token(struct, tokens);
        llama_batch.embd(struct, MemorySegment.NULL);
        llama_batch.pos(struct, positions);
        llama_batch.n_seq_id(struct, sequenceCounts);
        llama_batch.seq_id(struct, sequencePointers);
        llama_batch.logits(struct, outputs);
        clear();
    }

    public void clear() {
        size = 0;
        llama_batch.n_tokens(struct, 0);
    }

    /// @param output whether logits are computed for this token
    /// @throws IllegalStateException when the batch is full
    public void add(int token, int position, int sequence, boolean output) {
        if (size == capacity) {
            throw new IllegalStateException("the batch holds " + capacity + " tokens already");
        }
        tokens.setAtIndex(ValueLayout.JAVA_INT, size, token);
        positions.setAtIndex(ValueLayout.JAVA_INT, size, position);
        sequences.setAtIndex(ValueLayout.JAVA_INT, size, sequence);
        outputs.set(ValueLayout.JAVA_BYTE, size, output ? (byte) 1 : 0);
        size++;
        llama_batch.n_tokens(struct, size);
    }

    public int capacity() {
        return capacity;
    }

    public int size() {
        return size;
    }

    public int token(int index) {
        return tokens.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    public boolean isOutput(int index) {
        return outputs.get(ValueLayout.JAVA_BYTE, index) != 0;
    }

    public MemorySegment segment() {
        return struct;
    }
}
