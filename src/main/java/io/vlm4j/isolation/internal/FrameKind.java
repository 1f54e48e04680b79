package io.vlm4j.isolation.internal;

/// What a frame says.
enum FrameKind {
    // From the application.
    OPEN,
    ASK,
    COMPLETE,
    TURN,
    SAVE,
    LOAD,
    EXTRACT,
    ADAPT,
    /// More events may come.
    CREDIT,
    CANCEL,
    /// What a tool or a gate said.
    ANSWER,

    // From the worker.
    /// A file is loaded so far.
    PROGRESS,
    /// Text of an answer, the frequent one: binary.
    TEXT,
    /// Another event of a generation.
    GENERATION_EVENT,
    /// An event of a conversation's turn.
    CHAT_EVENT,
    /// A tool shall be called, or a gate asked; an [#ANSWER] is awaited.
    QUESTION,
    /// The call's end, with what came out.
    RESULT,
    /// The call's end, with what went wrong.
    FAILURE;

    private static final FrameKind[] ALL = values();

    /// Whether it begins a call.
    boolean isRequest() {
        return compareTo(CREDIT) < 0;
    }

    @SuppressWarnings("EnumOrdinal") // both sides are of one build
    int code() {
        return ordinal();
    }

    /// @throws CorruptFrameException when there is none
    static FrameKind of(int code) throws CorruptFrameException {
        if (code < 0 || code >= ALL.length) {
            throw new CorruptFrameException("there is no kind " + code);
        }
        return ALL[code];
    }
}
