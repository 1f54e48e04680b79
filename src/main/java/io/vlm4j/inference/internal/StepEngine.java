package io.vlm4j.inference.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.sampling.internal.SamplerImpl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What evaluates rows, remembers them and gives logits: a context of llama.cpp, or a decoder of our own. One thread at
/// a time.
///
/// Evaluations return codes: 0, or those of `llama_decode` ([io.vlm4j.natives.llama.LlamaContexts]). Where one is not
/// 0, what is remembered may be anything from `restore` on; the caller cuts it off.
sealed interface StepEngine extends AutoCloseable permits LlamaEngine, GraphEngine {
    /// @param length       tokens, whatever the options say
    /// @param evalCallback watches every evaluation, see `EvalObserver.stub`; NULL for none. Outlives the engine
    /// @throws Vlm4jException.ModelLoad when there is not enough memory
    /// @throws IllegalArgumentException when the model is computed by a graph of our own, and the options ask for what
    ///     that does not have
    static StepEngine create(
            ModelImpl model, ContextOptions options, int length, ContextParts.Use use, MemorySegment evalCallback) {
        return model.graph()
                .<StepEngine>map(graph -> GraphEngine.create(model, graph, options, length))
                .orElseGet(
                        () -> new LlamaEngine(model, ContextParts.create(model, options, length, use, evalCallback)));
    }

    /// As in messages.
    String description();

    /// @throws IllegalStateException when it is closed or damaged
    void requireUsable();

    boolean isClosed();

    /// Whether native code has failed in it, so that it can only be closed.
    boolean isDamaged();

    /// For what must live as long as the engine.
    Arena arena();

    /// A byte that ends an evaluation when it is not 0.
    MemorySegment interruptFlag();

    /// Cells of all sequences.
    int contextLength();

    /// Cells of one sequence.
    int sequenceLength();

    int batchSize();

    /// Evaluates tokens.
    int decode(LlamaBatch batch);

    /// Evaluates rows of a medium: all of them, or some of one that [PreparedMedium#isCausal].
    ///
    /// @param rows of the whole medium
    int decodeMedium(
            OpenProjector projector,
            PreparedMedium medium,
            MemorySegment rows,
            PreparedMedium.Place place,
            int first,
            int count);

    /// Why the last evaluation gave [io.vlm4j.natives.llama.LlamaContexts#EXCEPTION].
    Vlm4jException failure(String what, long logMark);

    /// Waits until what was evaluated is there.
    void synchronize();

    /// The logits of `count` rows of the last batch from `row` on; a negative row counts from the end. Valid until the
    /// next evaluation.
    ///
    /// @throws IllegalStateException when there are none
    MemorySegment logits(int row, int count);

    /// Chooses a token by the logits of a row. No allocation.
    int sample(SamplerImpl sampler, int row);

    /// See [io.vlm4j.inference.InferenceContext#logProbabilities]. No allocation.
    void logProbabilities(int row, int token, int[] ids, float[] values);

    void clear();

    /// Forgets the positions from `from` up to `to`, -1 for the end; false when that cannot be done.
    boolean remove(int sequence, int from, int to);

    /// Whether what is remembered can be moved to other positions.
    boolean canMove();

    /// Adds `distance` to all positions from `from` on; only where [#canMove].
    void move(int sequence, int from, int distance);

    /// Gives the positions from `from` up to `to` of one sequence to another as well.
    void copy(int source, int target, int from, int to);

    /// The last position that is remembered; -1 for none.
    int lastPosition(int sequence);

    /// Bytes of [#state]; 0 when there is no such thing.
    long stateSize(int sequence);

    /// A copy of what is remembered.
    ///
    /// @param size as [#stateSize] has it now
    /// @throws Vlm4jException.Inference when it cannot be copied
    MemorySegment state(int sequence, long size, Arena arena);

    /// @return whether it was taken over; if not, some of it may be there
    boolean restore(int sequence, MemorySegment state);

    @Override
    void close();
}
