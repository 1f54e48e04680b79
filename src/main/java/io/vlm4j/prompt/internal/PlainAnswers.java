package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// Finds out where an answer is content to its end, whatever it says, so that nobody need read it again with every
/// token.
///
/// The parsers of answers hold back what may be the beginning of a marker, be it one character. So a text to which each
/// character that a marker may begin with can be added, and is told as content at once, has no marker to come. Markers
/// are the template's: they begin with ASCII or with what its source contains. Thread-safe.
final class PlainAnswers {
    private static final int MOST = 64;
    private static final int LONGEST_ARGUMENTS = 1000;
    private static final String USUAL = "<[{\n"; // beginnings of most markers, tried with each answer

    private final String source;
    private final int[] beginnings;
    private final Set<RenderOptions> known = ConcurrentHashMap.newKeySet(); // whose answers were tried

    /// @param source of the template
    PlainAnswers(String source) {
        this.source = source;
        this.beginnings = IntStream.concat(
                        IntStream.concat(IntStream.of('\t', '\n', '\r'), IntStream.rangeClosed(' ', '~')),
                        source.codePoints().filter(c -> c > '~'))
                .distinct()
                .toArray();
    }

    /// Whether all that follows this text is content.
    ///
    /// @param options that the conversation was rendered with
    /// @param read    what the text says
    boolean isPlainAfter(RenderedChat chat, RenderOptions options, String text, ChatMessage read) {
        if (!options.tools().isEmpty()
                || options.jsonSchema().isPresent()
                || read.text().isEmpty()
                || !read.toolCalls().isEmpty()
                || !USUAL.codePoints().allMatch(c -> goesOn(chat, text, read, Character.toString(c)))) {
            return false;
        }
        RenderOptions timeless = options.toBuilder().now(Instant.EPOCH).build();
        if (known.contains(timeless)) {
            return true;
        }
        boolean plain = IntStream.of(beginnings).allMatch(c -> goesOn(chat, text, read, Character.toString(c)))
                && goesOn(chat, text, read, source);
        if (plain && known.size() < MOST && isShort(timeless)) {
            known.add(timeless);
        }
        return plain;
    }

    private static boolean isShort(RenderOptions options) {
        return options.templateArguments().entrySet().stream()
                        .mapToInt(argument ->
                                argument.getKey().length() + argument.getValue().length())
                        .sum()
                < LONGEST_ARGUMENTS;
    }

    private static boolean goesOn(RenderedChat chat, String text, ChatMessage read, String more) {
        try {
            ChatMessage longer = chat.parse(text + more, true);
            return longer.text().equals(read.text() + more)
                    && longer.reasoning().equals(read.reasoning())
                    && longer.toolCalls().isEmpty();
        } catch (Vlm4jException.InvalidAnswer e) {
            return false;
        }
    }
}
