package io.vlm4j.forward;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.internal.ForwardPassImpl;
import io.vlm4j.forward.internal.GuardedPass;
import io.vlm4j.inference.Adapters;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.ForwardInput;
import java.io.UncheckedIOException;

/// Evaluates whole inputs and shows what the model computed on the way, as `forward` of transformers does.
///
/// Examples of a batch are evaluated one after the other, without their padding: each result is that of the example
/// alone, and rows of padding are zeros. With transformers, they are whatever comes out there; compare where the
/// attention mask is 1.
///
/// Every position attends to what stands before it, image positions as well; pictures of models that see them without
/// causal attention (Gemma 3) are refused.
///
/// Of Fuyu and KOSMOS-2, which graphs of our own compute, everything can be had but the inside of the vision tower; a
/// Fuyu's pictures come as rows ([io.vlm4j.processing.ForwardImages.Features] of [Projector#encode]).
///
/// {@snippet class="io.vlm4j.snippets.ForwardSnippets" region="forward"}
///
/// - **Owner**: whoever opened it, and behind that its model.
/// - **Threads**: one at a time; a second is refused with [IllegalStateException]. Only [#interrupt()] is for others.
/// - **Close**: frees the contexts, and the vision tower that it opened to watch; later calls do nothing. What it gave
///   out stays. Refused with [IllegalStateException] while a pass is running.
public sealed interface ForwardPass extends AutoCloseable permits GuardedPass {
    /// A pass over texts, and rows of images that are given.
    static ForwardPass open(Model model, ForwardOptions options) {
        return ForwardPassImpl.open(model, null, options);
    }

    /// A pass over texts and pictures. Contexts are made when they are needed, and of the length that is; with
    /// [Precision#EXACT] pictures are seen by a second copy of the projector, which is watched.
    ///
    /// @throws IllegalArgumentException when the projector is another model's, or the context longer than the model can
    static ForwardPass open(Model model, Projector projector, ForwardOptions options) {
        return ForwardPassImpl.open(model, projector, options);
    }

    Model model();

    ForwardOptions options();

    /// What it computes with beside the model's own weights.
    Adapters adapters();

    /// Computes with these adapters from now on, and with no others; they must stay open.
    ///
    /// @throws IllegalArgumentException when an adapter is of another model, or the control vector does not fit the
    ///     model
    /// @throws IllegalStateException when an adapter is closed
    void use(Adapters adapters);

    /// Evaluates a batch.
    ///
    /// @return what was asked for, to be closed by the caller
    /// @throws IllegalArgumentException when the input is for another vocabulary, pictures have not the tower's size or
    ///     no projector is there to see them, what is wanted cannot be had from this input (a loss without labels) or
    ///     this precision (attentions), or positions or the mask have gaps
    /// @throws Vlm4jException.ContextFull when an example has more positions than the context
    /// @throws Vlm4jException.Cancelled when it was interrupted
    /// @throws IllegalStateException when an adapter in use was closed
    /// @throws UncheckedIOException when outputs go to a file, which cannot be written
    /// @throws Vlm4jException.Inference when native code fails, the outputs would take more memory than allowed, or the
    ///     model's graph does not show what was asked for
    ForwardOutput forward(ForwardInput input, Outputs what);

    /// Makes a pass that is running in another thread end with [Vlm4jException.Cancelled], and the next one too
    /// when none is. A picture that the vision tower is seeing is seen to its end first. Thread-safe.
    void interrupt();

    @Override
    void close();
}
