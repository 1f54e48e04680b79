package io.vlm4j.inference;

/// Number format of the KV cache. F16 is the usual one; F32 is for comparing numbers; Q8_0 halves the memory of F16
/// and needs flash attention.
public enum CacheType {
    F32,
    F16,
    BF16,
    Q8_0
}
