package io.vlm4j.sampling.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// A set of Unicode characters: ascending ranges with gaps between them. Never holds NUL, which no token can spell for
/// a grammar, or surrogates, which are no characters. Immutable.
///
/// @param ranges inclusive
public record CodePoints(List<Range> ranges) {
    public record Range(int first, int last) {}

    static final CodePoints NONE = new CodePoints(List.of());
    static final CodePoints ALL = ofRange(0, Character.MAX_CODE_POINT);
    static final CodePoints DIGITS = ofRange('0', '9');
    static final CodePoints WORD =
            ofRange('a', 'z').or(ofRange('A', 'Z')).or(ofRange('_', '_')).or(DIGITS);
    static final CodePoints SPACE = ofRange('\t', '\r').or(ofRange(' ', ' '));
    static final CodePoints DOT = ofRange('\n', '\n')
            .or(ofRange('\r', '\r'))
            .or(ofRange(0x85, 0x85))
            .or(ofRange(0x2028, 0x2029))
            .not();

    public CodePoints {
        ranges = List.copyOf(ranges);
    }

    static CodePoints ofRange(int first, int last) {
        List<Range> parts = new ArrayList<>();
        add(parts, Math.max(first, 1), Math.min(last, Character.MIN_SURROGATE - 1));
        add(parts, Math.max(first, Character.MAX_SURROGATE + 1), last);
        return new CodePoints(parts);
    }

    private static void add(List<Range> parts, int first, int last) {
        if (first <= last) {
            parts.add(new Range(first, last));
        }
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    boolean contains(int codePoint) {
        return ranges.stream().anyMatch(range -> range.first() <= codePoint && codePoint <= range.last());
    }

    CodePoints or(CodePoints other) {
        Range[] sorted = new Range[ranges.size() + other.ranges.size()];
        Arrays.setAll(sorted, i -> i < ranges.size() ? ranges.get(i) : other.ranges.get(i - ranges.size()));
        Arrays.sort(sorted, Comparator.comparingInt(Range::first));
        List<Range> merged = new ArrayList<>();
        for (Range range : sorted) {
            if (!merged.isEmpty() && range.first() <= merged.getLast().last() + 1) {
                Range last = merged.removeLast();
                merged.add(new Range(last.first(), Math.max(last.last(), range.last())));
            } else {
                merged.add(range);
            }
        }
        return new CodePoints(merged);
    }

    CodePoints not() {
        CodePoints outside = NONE;
        int next = 0;
        for (Range range : ranges) {
            outside = outside.or(ofRange(next, range.first() - 1));
            next = range.last() + 1;
        }
        return outside.or(ofRange(next, Character.MAX_CODE_POINT));
    }
}
