package io.vlm4j.torture;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Some cases of one kind; written `kind:seed:case` or `kind:seed:first..last`. Each follows from kind, seed and its
/// number alone.
///
/// @param first counted from 0
/// @param last  included
public record CaseRange(FuzzKind kind, long seed, int first, int last) {
    private static final Pattern TEXT = Pattern.compile("(\\w+):(-?\\d{1,19}):(\\d{1,9})(?:\\.\\.(\\d{1,9}))?");

    public CaseRange {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("there are no cases " + first + " to " + last);
        }
    }

    /// @throws IllegalArgumentException for any other text
    public static CaseRange parse(String text) {
        Matcher found = TEXT.matcher(text);
        if (!found.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not KIND:SEED:CASE or KIND:SEED:FIRST..LAST");
        }
        int first = Integer.parseInt(found.group(3));
        int last = found.group(4) == null ? first : Integer.parseInt(found.group(4));
        return new CaseRange(FuzzKind.of(found.group(1)), Long.parseLong(found.group(2)), first, last);
    }

    int size() {
        return last - first + 1;
    }

    CaseRange from(int later) {
        return new CaseRange(kind, seed, later, last);
    }

    CaseRange only(int number) {
        return new CaseRange(kind, seed, number, number);
    }

    /// Random numbers of one case.
    java.util.SplittableRandom random(int number) {
        long mixed = (seed * 31 + kind.label().hashCode()) * 1_000_003 + number;
        return new java.util.SplittableRandom(mixed * 0x9E37_79B9_7F4A_7C15L);
    }

    @Override
    public String toString() {
        return kind.label() + ":" + seed + ":" + first + (first == last ? "" : ".." + last);
    }
}
