package io.vlm4j.natives.shim;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.ffi.NativeText;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/// A conversation that [ChatTemplates] rendered: its text, and how the answer to it is constrained and read.
/// Immutable; may be used from several threads.
public final class ChatPrompts {
    private ChatPrompts() {}

    public static String text(MemorySegment prompt) {
        return NativeText.of(ShimH.vlm4j_chat_prompt_text(prompt));
    }

    /// What the template needs besides end-of-generation tokens.
    public static List<String> stops(MemorySegment prompt) {
        return all(index -> ShimH.vlm4j_chat_prompt_stop(prompt, index));
    }

    /// Special tokens that must be written into the answer's text.
    public static List<String> preservedTokens(MemorySegment prompt) {
        return all(index -> ShimH.vlm4j_chat_prompt_preserved(prompt, index));
    }

    public static String format(MemorySegment prompt) {
        return NativeText.of(ShimH.vlm4j_chat_prompt_format(prompt));
    }

    /// GBNF; empty for a free answer.
    public static String grammar(MemorySegment prompt) {
        return NativeText.of(ShimH.vlm4j_chat_prompt_grammar(prompt));
    }

    /// The message that an answer, or the beginning of one, says: JSON in OpenAI's shape.
    ///
    /// @throws Vlm4jException.InvalidAnswer when the text is not in the prompt's format
    public static String parse(MemorySegment prompt, String answer, boolean partial) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = ShimH.vlm4j_chat_parse(prompt, arena.allocateFrom(answer), partial);
            if (message.address() == 0) {
                throw Shim.failure(Vlm4jException.InvalidAnswer::new, "the answer cannot be read", mark);
            }
            return Shim.take(message);
        }
    }

    /// The sampler of the answer's grammar, owned by the caller; NULL when the answer is free.
    ///
    /// @throws Vlm4jException.InvalidGrammar when the grammar does not parse
    public static MemorySegment sampler(MemorySegment prompt, MemorySegment vocabulary) {
        long mark = NativeLog.mark();
        MemorySegment sampler = ShimH.vlm4j_chat_prompt_sampler(prompt, vocabulary);
        if (sampler.address() == 0 && !grammar(prompt).isEmpty()) {
            throw Shim.failure(Vlm4jException.InvalidGrammar::new, "the answer's grammar does not parse", mark);
        }
        return sampler;
    }

    private static List<String> all(LongFunction<MemorySegment> entry) {
        List<String> texts = new ArrayList<>();
        for (MemorySegment text = entry.apply(0); text.address() != 0; text = entry.apply(texts.size())) {
            texts.add(NativeText.of(text));
        }
        return List.copyOf(texts);
    }
}
