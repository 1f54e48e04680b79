package io.vlm4j.prompt.internal;

/// Something in a transcript that is not as it must be.
public final class TranscriptFault extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String sentence;

    TranscriptFault(String path, String problem) {
        this(path, problem, path + ": " + problem);
    }

    TranscriptFault(String path, String problem, String sentence) {
        super(path + ": " + problem);
        this.path = path;
        this.sentence = sentence;
    }

    /// Where it is.
    public String path() {
        return path;
    }

    /// What is wrong, for whoever sent the transcript: `messages[0].role must be a string, not a number`.
    public String sentence() {
        return sentence;
    }
}
