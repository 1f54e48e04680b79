package io.vlm4j.schema;

/// One way in which a JSON text does not follow a schema.
///
/// @param pointer JSON pointer (RFC 6901) of the offending value; empty for the whole text
/// @param message what is wrong, in a way that a model understands as well: `must be an integer, not "seven"`
public record Violation(String pointer, String message) {
    @Override
    public String toString() {
        return pointer.isEmpty() ? message : pointer + " " + message;
    }
}
