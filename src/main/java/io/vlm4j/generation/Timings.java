package io.vlm4j.generation;

import java.time.Duration;

/// Where the time of a generation went.
///
/// @param prepare     decoding and preprocessing pictures, tokenizing
/// @param imageEncode the projector's work, or finding it in the cache
/// @param prefill     evaluating the prompt
/// @param decode      choosing and evaluating the tokens of the answer
public record Timings(Duration prepare, Duration imageEncode, Duration prefill, Duration decode) {
    public Duration total() {
        return prepare.plus(imageEncode).plus(prefill).plus(decode);
    }
}
