package io.vlm4j.hub;

import java.net.URI;
import java.util.List;

/// What came of a push.
///
/// @param page      where people look at the repository
/// @param commit    at which the branch stands now
/// @param pushed    files that are in the commit, by their paths in the repository; none: all were there already, and
///                  no commit was made
/// @param unchanged files that were there already
/// @param ignored   files that the repository's own `.gitignore` keeps out
/// @param sentBytes bytes of large files that went over the network, repetitions included
public record PushResult(
        URI page, String commit, List<String> pushed, List<String> unchanged, List<String> ignored, long sentBytes) {
    public PushResult {
        pushed = List.copyOf(pushed);
        unchanged = List.copyOf(unchanged);
        ignored = List.copyOf(ignored);
    }
}
