package io.vlm4j.torture;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;

/// How the cases of one kind went.
///
/// @param cases    that were run
/// @param accepted that were taken, and used
/// @param refused  how many were answered with each documented exception
/// @param slow     took longer than allowed, but not when they were tried again alone
/// @param workers  processes that were needed
/// @param first    bytes of memory of the longest-lived worker after its first tenth
/// @param end      at its end; 0 when not known
public record KindReport(
        FuzzKind kind,
        int cases,
        int accepted,
        SortedMap<String, Integer> refused,
        List<Offence> offences,
        int slow,
        int workers,
        long first,
        long end,
        Duration time) {
    public long count(Offence.What what) {
        return offences.stream().filter(offence -> offence.what() == what).count();
    }
}
