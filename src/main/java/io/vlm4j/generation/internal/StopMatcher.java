package io.vlm4j.generation.internal;

import java.util.List;

/// Watches text for stop strings that may be spread over many tokens, and holds back what could be the beginning of
/// one. Without stop strings everything passes through untouched.
final class StopMatcher {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean matched;

    StopMatcher(List<String> stops) {
        this.stops = stops;
    }

    /// The text that may be shown now.
    String add(String text) {
        if (stops.isEmpty()) {
            return text;
        }
        held.append(text);
        int at = firstMatch();
        if (at >= 0) {
            matched = true;
            String before = held.substring(0, at);
            held.setLength(0);
            return before;
        }
        int keep = longestBeginning();
        String sure = held.substring(0, held.length() - keep);
        held.delete(0, sure.length());
        return sure;
    }

    /// What was held back and turned out to be no stop string.
    String end() {
        String rest = held.toString();
        held.setLength(0);
        return rest;
    }

    boolean hasMatched() {
        return matched;
    }

    private int firstMatch() {
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /// Length of the longest end of the text that is the beginning of a stop string.
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                    break;
                }
            }
        }
        return longest;
    }
}
