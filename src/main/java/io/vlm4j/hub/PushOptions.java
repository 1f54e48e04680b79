package io.vlm4j.hub;

import java.util.regex.Pattern;

/// What to push, and as what. An immutable value.
///
/// @param revision    the branch, which is made if it is not there
/// @param message     of the commit, in one line
/// @param hidesRepo   whether the repository is private, if it is made, and not what is usual for its owner; one that
///                    is there stays as it is
/// @param checkpoints whether a training's checkpoints are pushed: files `checkpoint-*.safetensors` and
///                    `best.safetensors`, folders `checkpoint-*`
/// @param hidden      whether files and folders are pushed whose name begins with a dot; `.git`, `.cache` and what
///                    pushing itself remembers never are
public record PushOptions(String revision, String message, boolean hidesRepo, boolean checkpoints, boolean hidden) {
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]{0,249}");
    private static final int LONGEST_MESSAGE = 1000;

    /// @throws IllegalArgumentException naming the value that makes no sense
    public PushOptions {
        if (!REVISION.matcher(revision).matches()
                || revision.contains("..")
                || revision.contains("//")
                || revision.endsWith("/")
                || revision.endsWith(".")
                || revision.endsWith(".lock")) {
            throw new IllegalArgumentException("revision is not the name of a branch: '" + revision + "'");
        }
        if (message.isBlank()
                || message.length() > LONGEST_MESSAGE
                || message.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "message must be one line of 1 to " + LONGEST_MESSAGE + " characters: '" + message + "'");
        }
    }

    /// To the branch `main`, of a repository as is usual for its owner; no checkpoints, nothing hidden.
    public static PushOptions defaults() {
        return new PushOptions("main", "Upload with vlm4j", false, false, false);
    }

    public PushOptions withRevision(String value) {
        return new PushOptions(value, message, hidesRepo, checkpoints, hidden);
    }

    public PushOptions withMessage(String value) {
        return new PushOptions(revision, value, hidesRepo, checkpoints, hidden);
    }

    public PushOptions withHidesRepo(boolean value) {
        return new PushOptions(revision, message, value, checkpoints, hidden);
    }

    public PushOptions withCheckpoints(boolean value) {
        return new PushOptions(revision, message, hidesRepo, value, hidden);
    }

    public PushOptions withHidden(boolean value) {
        return new PushOptions(revision, message, hidesRepo, checkpoints, value);
    }
}
