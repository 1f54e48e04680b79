package io.vlm4j.chat;

/// What happens when a conversation no longer fits into the context.
public enum OverflowPolicy {
    /// The call fails with `ContextFull`, and the transcript stays as it was.
    FAIL,
    /// The oldest turns are left out of what the model sees, whole and with their pictures; the system message and the
    /// newest turn stay. The transcript keeps them.
    DROP_OLDEST_TURNS,
    /// As [#DROP_OLDEST_TURNS], but what was computed of later turns is moved forward instead of computed again, and an
    /// answer that meets the end of the context goes on, where the model's memory allows
    /// ([io.vlm4j.inference.InferenceContext#canShift()]).
    /// Faster, and answers differ slightly: later turns remember the ones that are gone.
    SHIFT
}
