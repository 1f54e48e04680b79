package io.vlm4j.inference.internal;

import io.vlm4j.model.Model;

/// Takes tokens out of what a context remembers, between pictures only. Where the last token goes, what may be sampled
/// by goes with it. Confined to whoever is in the context.
///
/// @param model for messages
record MemoryCuts(Model model, ContextMemory memory, Outputs outputs) {
    /// Forgets everything from token `keep` on.
    void truncate(int keep) {
        requireBetween(keep);
        cut(keep);
        outputs.computed(0);
    }

    /// Forgets the last `count` tokens, which must be text. The logits that count stay if theirs is not among them.
    void forgetLast(int count) {
        int keep = memory.tokens() - count;
        requireBetween(keep);
        if (count > 0) {
            cut(keep);
            outputs.forgetLast(count);
        }
    }

    private void cut(int keep) {
        if (!memory.cut(keep)) {
            outputs.computed(0);
            throw new IllegalStateException("the memory of " + model + " cannot be cut at " + keep);
        }
    }

    private void requireBetween(int cell) {
        if (cell < 0 || cell > memory.tokens()) {
            throw new IllegalArgumentException("cannot cut at " + cell + " of " + memory.tokens() + " tokens");
        }
        if (!memory.contents().isBetween(cell)) {
            throw new IllegalArgumentException("token " + cell + " is in the middle of a picture");
        }
    }

    /// Takes out tokens after `keep`, and moves those behind them to their places.
    ///
    /// @return how many, which is at least `discard`
    int shift(int keep, int discard) {
        if (!memory.canMove()) {
            throw new IllegalStateException("what " + model + " remembers cannot be moved to other positions");
        }
        int from = memory.contents().nextBetween(keep);
        int to = memory.contents().nextBetween(from + discard);
        if (keep < 0 || discard < 1 || to >= memory.tokens()) {
            throw new IllegalArgumentException("cannot take " + discard + " tokens after " + keep + " out of "
                    + memory.tokens() + " and keep some behind them");
        }
        if (!memory.takeOut(from, to)) {
            outputs.computed(0);
            throw new IllegalStateException("the memory of " + model + " cannot be cut at " + from);
        }
        return to - from;
    }
}
