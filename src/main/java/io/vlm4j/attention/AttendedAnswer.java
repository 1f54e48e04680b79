package io.vlm4j.attention;

import io.vlm4j.generation.Generation;
import java.util.List;

/// An answer and where the model looked for each word of it.
public record AttendedAnswer(Generation generation, List<WordAttention> words) {
    public AttendedAnswer {
        words = List.copyOf(words);
    }
}
