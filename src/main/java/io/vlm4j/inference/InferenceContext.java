package io.vlm4j.inference;

import io.vlm4j.Vlm4jException;
import io.vlm4j.inference.internal.InferenceContextImpl;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.tensor.Tensor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a model remembers of one sequence of tokens and pictures (its KV cache), and the buffers to compute the
/// next step.
///
/// - **Owner**: whoever created it, and behind that its model.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException]. Only [#interrupt()] is for
///   others.
/// - **Close**: frees it once; later calls do nothing, use after it is an [IllegalStateException]. Refused with the
///   same while an evaluation is running.
///
/// An evaluation that fails or is interrupted leaves the context as it was before.
public sealed interface InferenceContext extends AutoCloseable permits InferenceContextImpl {
    /// Most alternatives that [#logProbabilities] tells.
    int MAX_ALTERNATIVES = 20;

    /// A context with default options.
    static InferenceContext create(Model model) {
        return create(model, ContextOptions.defaults());
    }

    /// @throws Vlm4jException.ModelLoad when there is not enough memory
    static InferenceContext create(Model model, ContextOptions options) {
        return InferenceContextImpl.create(model, options);
    }

    Model model();

    /// Most tokens that it remembers; may be more than was asked for.
    int contextLength();

    /// Tokens that it remembers now.
    int tokens();

    /// The position that the next token gets.
    int position();

    /// Evaluates one token, after which its logits can be sampled from. No allocation.
    ///
    /// @throws IllegalArgumentException when the token is not in the vocabulary
    /// @throws Vlm4jException.ContextFull when there is no room
    /// @throws Vlm4jException.Cancelled when it was interrupted
    /// @throws Vlm4jException.Inference when the native runtime fails
    void decode(int token);

    /// Evaluates tokens; the logits after the last can be sampled from.
    ///
    /// @throws IllegalArgumentException when there are none, or one is not in the vocabulary
    void decode(int[] tokens);

    /// Most tokens that are evaluated in one native call.
    int batchSize();

    /// Evaluates tokens and keeps the logits after each of them, for [#readLogits]; those after the last can be sampled
    /// from. They take `tokens x vocabulary` floats of native memory.
    ///
    /// @throws IllegalArgumentException when there are none, or more than [#batchSize()], or one is not in the
    ///     vocabulary
    /// @throws Vlm4jException.ContextFull when there is no room
    void decodeAll(int[] tokens);

    /// Evaluates a whole prompt: text runs, and media after encoding them.
    ///
    /// @param projector may be `null` for a prompt of text alone
    void decode(TokenizedPrompt prompt, @Nullable Projector projector, EvaluationListener listener);

    /// Makes a prompt all that the context remembers, and evaluates of it only what differs from what it remembers
    /// already: text compared by tokens, pictures by their content. The last token is always evaluated, for its logits.
    /// When this fails, the context remembers the part that was there already.
    ///
    /// @param projector may be `null` for a prompt of text alone
    /// @return how many of the prompt's tokens were there already
    /// @throws Vlm4jException.ContextFull when the prompt does not fit
    int remember(TokenizedPrompt prompt, @Nullable Projector projector, Reuse reuse, EvaluationListener listener);

    /// Chooses the next token by the logits of the last one evaluated, and tells the sampler so. No allocation.
    ///
    /// @throws IllegalStateException when nothing was evaluated yet
    int sample(Sampler sampler);

    /// A copy of the logits after the last token evaluated, `[vocabulary size]`.
    ///
    /// @throws IllegalStateException when nothing was evaluated yet
    Tensor logits();

    /// Lends the logits of the last evaluation where they are, without a copy: `[rows, vocabulary size]`, one row after
    /// each token of [#decodeAll], and a single one after the last token of any other evaluation. The view is valid
    /// during the call, in which this context cannot be used; others can.
    ///
    /// @return what the reader made of them
    /// @throws IllegalStateException when the last thing evaluated was no token
    <T> T readLogits(Function<Tensor, T> reader);

    /// The model's own probabilities of the next token, before temperature, grammar and every other step of sampling,
    /// as natural logarithms: of `token` into the first place of both arrays, and of the most probable tokens of all,
    /// best first, into the others. The vocabulary is gone through natively; no allocation.
    ///
    /// @param ids    receives token ids
    /// @param values receives their logarithms of probabilities
    /// @throws IllegalArgumentException when the token is not in the vocabulary, the arrays differ in length, or ask
    ///     for no token, for more than [#MAX_ALTERNATIVES] alternatives or for more than there are tokens
    /// @throws IllegalStateException when nothing was evaluated yet
    void logProbabilities(int token, int[] ids, float[] values);

    /// Forgets everything from this number of tokens on, those of pictures counted.
    ///
    /// @throws IllegalArgumentException when it is more than [#tokens()], or in the middle of a picture
    /// @throws IllegalStateException when the model's memory cannot be cut there; then all is forgotten
    void truncate(int tokens);

    /// Whether [#shift] can be used: the model's positions are of one dimension and its memory can be cut.
    boolean canShift();

    /// Makes room in a full context: forgets `discard` tokens after the first `keep` ones, or some more, so that
    /// pictures go whole, and moves what follows forward. What was computed of the rest stays as it was, so that the
    /// model goes on from an approximation.
    ///
    /// @return how many tokens were forgotten
    /// @throws IllegalArgumentException when nothing would be left after them
    /// @throws IllegalStateException unless [#canShift()]
    int shift(int keep, int discard);

    /// A copy of all that is remembered. The caller closes it.
    ///
    /// @throws Vlm4jException.Inference when the native runtime cannot copy it
    ContextSnapshot snapshot();

    /// Remembers what a snapshot holds instead of what is remembered now, and uses the adapters that it was computed
    /// with. The next thing must be an evaluation: there are no logits to sample from.
    ///
    /// @throws IllegalArgumentException when it is of another model
    /// @throws IllegalStateException when one of its adapters is closed
    /// @throws Vlm4jException.ContextFull when it does not fit
    /// @throws Vlm4jException.Inference when it is of a context with another cache type or attention; then nothing
    ///     is remembered
    void restore(ContextSnapshot snapshot);

    /// Forgets everything.
    void clear();

    /// What it computes with beside the model's own weights.
    Adapters adapters();

    /// Computes with these adapters from now on, and with no others. What the context remembers was computed with
    /// others, so it forgets everything; it does nothing when it uses the same already. Generators call this for each
    /// generation with the adapters of its options.
    ///
    /// @throws IllegalArgumentException when an adapter is of another model, or the control vector does not fit the
    ///     model
    /// @throws IllegalStateException when an adapter is closed
    /// @throws Vlm4jException.Inference when the native runtime fails, after which it uses none
    void use(Adapters adapters);

    /// Shows the layers of every evaluation from now on, and to this consumer alone; [WatchedLayers#none()] ends it.
    /// Generators call this for each generation with what its options say. Tokens are counted from the beginning of
    /// what the context remembers. Of pictures, what comes out of the last layer is not computed, and so not shown.
    ///
    /// @throws IllegalArgumentException when the context was not made [ContextOptions#watchable()], or attentions are
    ///     wanted where flash attention computes none
    void watch(WatchedLayers layers);

    /// Makes an evaluation that is running in another thread end with [Vlm4jException.Cancelled], and the next
    /// one too when none is. Thread-safe.
    void interrupt();

    @Override
    void close();
}
