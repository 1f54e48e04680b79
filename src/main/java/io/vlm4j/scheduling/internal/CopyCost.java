package io.vlm4j.scheduling.internal;

/// What it costs to copy cells out of a context, as it was measured, beside what it costs to evaluate them. Of the
/// scheduler's thread.
///
/// In main memory a copy takes a small part of the time of evaluating. From a GPU's memory it has a bus to pass that is
/// a hundred times slower than the GPU, which meanwhile computes nothing: a sequence is often evaluated sooner.
final class CopyCost {
    private static final double WEIGHT = 0.3; // of the last copy
    private static final double FORGOTTEN = 0.98; // of what was measured, with each copy that is not made

    private final Pace pace;
    private final boolean overBus;
    private double nanosPerByte; // 0: none yet

    /// @param overBus whether the cells are in another memory than the copies
    CopyCost(Pace pace, boolean overBus) {
        this.pace = pace;
        this.overBus = overBus;
    }

    void measured(long bytes, long nanos) {
        double now = (double) nanos / bytes;
        nanosPerByte = nanosPerByte == 0 ? now : nanosPerByte + WEIGHT * (now - nanosPerByte);
    }

    /// Whether so many tokens are copied out, and later back, in less time than they are evaluated again.
    boolean isWorth(long bytes, int tokens) {
        double again = tokens * pace.token();
        if (!overBus || nanosPerByte == 0 || again == 0 || 2 * nanosPerByte * bytes < again) {
            return true;
        }
        nanosPerByte *= FORGOTTEN; // so that it is tried again after a while
        return false;
    }
}
