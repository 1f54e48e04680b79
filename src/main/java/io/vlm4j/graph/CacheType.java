package io.vlm4j.graph;

/// Number format of the keys and values that a [Decoder] remembers.
public enum CacheType {
    /// Half precision: the usual one.
    F16,
    /// Single precision, for comparing numbers.
    F32
}
