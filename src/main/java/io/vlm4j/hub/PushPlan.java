package io.vlm4j.hub;

import java.util.List;

/// What of a folder is pushed.
///
/// @param files   by their paths in the repository, in order
/// @param bytes   that they have
/// @param leftOut files and folders that are not pushed
public record PushPlan(List<String> files, long bytes, List<String> leftOut) {
    public PushPlan {
        files = List.copyOf(files);
        leftOut = List.copyOf(leftOut);
    }
}
