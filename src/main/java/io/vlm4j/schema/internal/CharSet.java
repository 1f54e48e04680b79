package io.vlm4j.schema.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set of code points, as ranges that are sorted and do not touch.
record CharSet(List<Range> ranges) {
    record Range(int first, int last) {}

    static final int LAST = Character.MAX_CODE_POINT;

    static final CharSet DIGIT = of('0', '9');
    static final CharSet WORD = DIGIT.or(of('A', 'Z')).or(of('a', 'z')).or(of('_', '_'));
    static final CharSet SPACE = of('\t', '\r')
            .or(of(' ', ' '))
            .or(of(0xA0, 0xA0))
            .or(of(0xFEFF, 0xFEFF))
            .or(of(0x2028, 0x2029));
    static final CharSet DOT =
            of('\n', '\n').or(of('\r', '\r')).or(of(0x2028, 0x2029)).negated();
    static final CharSet ANY = of(0, LAST);

    static CharSet of(int first, int last) {
        return new CharSet(List.of(new Range(first, last)));
    }

    static CharSet none() {
        return new CharSet(List.of());
    }

    CharSet or(CharSet other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        all.sort(Comparator.comparingInt(Range::first));
        List<Range> merged = new ArrayList<>();
        for (Range range : all) {
            Range before = merged.isEmpty() ? null : merged.getLast();
            if (before != null && range.first() <= before.last() + 1) {
                merged.removeLast();
                merged.add(new Range(before.first(), Math.max(before.last(), range.last())));
            } else {
                merged.add(range);
            }
        }
        return new CharSet(List.copyOf(merged));
    }

    CharSet negated() {
        List<Range> gaps = new ArrayList<>();
        int next = 0;
        for (Range range : ranges) {
            if (range.first() > next) {
                gaps.add(new Range(next, range.first() - 1));
            }
            next = range.last() + 1;
        }
        if (next <= LAST) {
            gaps.add(new Range(next, LAST));
        }
        return new CharSet(List.copyOf(gaps));
    }

    CharSet and(CharSet other) {
        return negated().or(other.negated()).negated();
    }

    boolean contains(int codePoint) {
        for (Range range : ranges) {
            if (codePoint <= range.last()) {
                return codePoint >= range.first();
            }
        }
        return false;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }
}
