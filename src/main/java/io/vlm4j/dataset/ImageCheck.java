package io.vlm4j.dataset;

/// How closely pictures are looked at when their row is read.
public enum ImageCheck {
    /// Files must be there; bytes must begin as a picture does. Damage shows when the picture is used.
    PRESENCE,
    /// Headers must make sense and be within the limits. Reads every file.
    HEADER,
    /// Pictures must be decodable. Needs the native libraries, and decodes every picture once more than training does.
    DECODE
}
