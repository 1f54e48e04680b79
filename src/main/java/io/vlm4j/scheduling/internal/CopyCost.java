package io.vlm4j.scheduling.internal;

/// What it costs to copy cells out of a context, as it was measured, beside what it costs to evaluate them. Of the
/// scheduler's thread.
///
/// In main memory a copy takes a small part of the time of evaluating. From a GPU's memory it has a bus to pass that is
/// a hundred times slower than the GPU, which meanwhile computes nothing: a sequence is often evaluated sooner.
final class CopyCost {
    private static final double WEIGHT = 0.3; // of the last copy
    private static final double FORGOTTEN = 0.98; // of what was measured, with each copy that is not made
    private static final double DEARER = 1.01; // than the cheapest pass, with each that was not as cheap

    private final boolean overBus;
    private double nanosPerByte; // 0: none yet
    private double nanosPerToken; // 0: none yet

    /// @param overBus whether the cells are in another memory than the copies
    CopyCost(boolean overBus) {
        this.overBus = overBus;
    }

    void copied(long bytes, long nanos) {
        double now = (double) nanos / bytes;
        nanosPerByte = nanosPerByte == 0 ? now : nanosPerByte + WEIGHT * (now - nanosPerByte);
    }

    /// A pass with parts of prompts. Those of many tokens say what a token costs; short ones take as long as they are
    /// short, and are passed over.
    void evaluated(int tokens, long nanos) {
        double now = (double) nanos / tokens;
        nanosPerToken = nanosPerToken == 0 ? now : Math.min(now, DEARER * nanosPerToken);
    }

    /// Whether so many tokens are copied out, and later back, in less time than they are evaluated again.
    boolean isWorth(long bytes, int tokens) {
        double again = tokens * nanosPerToken;
        if (!overBus || nanosPerByte == 0 || again == 0 || 2 * nanosPerByte * bytes < again) {
            return true;
        }
        nanosPerByte *= FORGOTTEN; // so that it is tried again after a while
        return false;
    }
}
