package io.vlm4j.scheduling.internal;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/// How much each caller got, so that who got least comes next.
///
/// Tokens are counted when they are evaluated, whatever was asked for; a caller that comes anew begins with what the
/// least served one has, so that it can neither save up turns nor has to make up for old ones ("virtual token counter",
/// Sheng et al., 2024, "Fairness in Serving Large Language Models"). Used by the scheduler's thread alone.
final class Callers {
    /// Who goes first: by priority, then by what the callers got, then by arrival.
    static final Comparator<Job> ORDER = Comparator.comparing(
                    (Job job) -> job.request().priority(), Comparator.reverseOrder())
            .thenComparingLong(job -> job.caller().served)
            .thenComparingLong(Job::number);

    static final class Caller {
        private final String name;
        private long served; // tokens
        private int jobs;

        private Caller(String name) {
            this.name = name;
        }
    }

    private final Map<String, Caller> present = new HashMap<>();

    /// A caller has one more thing to do.
    Caller join(String name) {
        Caller caller = present.get(name);
        if (caller == null) {
            caller = new Caller(name);
            caller.served = present.values().stream()
                    .mapToLong(other -> other.served)
                    .min()
                    .orElse(0);
            present.put(name, caller);
        }
        caller.jobs++;
        return caller;
    }

    void leave(Caller caller) {
        if (--caller.jobs == 0) {
            present.remove(caller.name);
        }
    }

    static void charge(Job job, int tokens) {
        job.caller().served += tokens;
    }
}
