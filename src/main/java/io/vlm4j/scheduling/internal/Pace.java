package io.vlm4j.scheduling.internal;

/// How long passes take, and so how many tokens of prompts fit into one beside generations that wait for their next
/// token. Of the scheduler's thread.
///
/// A pass takes as long as one without prompts and so much for each token of a prompt; both are measured as they go
/// by. A pass with prompts may take [#LONGER] times as long as one without; and twice that where much is waiting, as
/// passes of many tokens cost less for each, and all are done sooner.
final class Pace {
    private static final double LONGER = 8; // fewer tokens at a time cost more each
    private static final double MUCH = 4; // passes
    private static final double LEAST_MORE = 5e6; // nanoseconds: nobody sees these
    private static final double MOST_MORE = 3e8;
    private static final int LEAST = 4;
    private static final int ROWS =
            4; // that kernels multiply at once; those that are left over cost as much as all of them
    private static final int MORE_ROWS = 16;
    private static final int FIRST = 16; // while nothing was measured
    private static final double WEIGHT = 0.2; // of the last pass
    private static final double OUTLIER = 4; // times as long: the machine was busy with something else

    private final int most;
    private double generating; // nanoseconds of a pass without prompts; 0: none yet
    private double token; // nanoseconds of a prompt's token; 0: none yet

    /// @param most tokens of prompts in a pass beside generations
    Pace(int most) {
        this.most = most;
    }

    /// @param prompt tokens of prompts in the pass; the others were next tokens of generations
    void measured(int next, int prompt, long nanos) {
        if (prompt == 0) {
            generating = mean(generating, (double) nanos);
        } else if (next == 0 || generating > 0) {
            double rest = Math.max(nanos * 0.1, nanos - (next == 0 ? 0 : generating));
            token = mean(token, rest / prompt);
        }
    }

    private static double mean(double before, double now) {
        return before == 0 ? now : before + WEIGHT * (Math.min(now, OUTLIER * before) - before);
    }

    /// Tokens of prompts that may be in a pass with so many next tokens of generations.
    ///
    /// @param waiting tokens of prompts that there are
    int beside(int next, int waiting) {
        int tokens = within(LONGER);
        if (waiting > MUCH * tokens) {
            tokens = within(2 * LONGER);
        }
        int rows = next + tokens;
        int whole = rows - rows % (rows >= MORE_ROWS ? MORE_ROWS : ROWS);
        return whole > next ? whole - next : tokens;
    }

    private int within(double longer) {
        if (token == 0) {
            return Math.min(FIRST, most);
        }
        double more = Math.clamp((longer - 1) * generating, LEAST_MORE, MOST_MORE);
        return (int) Math.clamp(more / token, Math.min(LEAST, most), most);
    }
}
