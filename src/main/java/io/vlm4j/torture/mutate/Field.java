package io.vlm4j.torture.mutate;

/// A number in a file: a length, a count, a type, an offset.
///
/// @param offset in bytes from the beginning
/// @param size   in bytes: 4 or 8
public record Field(int offset, int size) {}
