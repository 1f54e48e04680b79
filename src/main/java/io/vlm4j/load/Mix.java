package io.vlm4j.load;

/// What the clients ask about.
public enum Mix {
    /// Text alone.
    TEXT,
    /// A new picture in each question.
    PICTURE,
    /// Every other client has pictures.
    BOTH
}
