package io.vlm4j.prompt.internal;

import io.vlm4j.model.internal.TokenizerImpl;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Texts that would steer the model if they became tokens: those of control tokens, and of "user defined" tokens
/// that the chat template uses or that look like it (`<tool_call>`, `<think>`, `<|channel|>`). Other user defined
/// tokens (runs of line feeds, HTML tags) are ordinary text to the model.
///
/// @param spellings        finds each of them, the longest first; empty when there are none
/// @param alwaysRecognised those that the tokenizer finds even when it is told not to parse special tokens
record SteeringTexts(Optional<Pattern> spellings, Set<String> alwaysRecognised) {
    private static final Pattern BRACKETED = Pattern.compile("<.+>|\\[.+]");
    private static final Pattern UNMISTAKABLE = Pattern.compile("<[|\uff5c].+[|\uff5c]>");

    static final SteeringTexts NONE = new SteeringTexts(Optional.empty(), Set.of());

    static SteeringTexts of(TokenizerImpl tokenizer, String templateSource) {
        Set<String> always = tokenizer.userDefinedTexts().stream()
                .filter(text -> BRACKETED.matcher(text).matches())
                .filter(text -> templateSource.contains(text)
                        || UNMISTAKABLE.matcher(text).matches())
                .collect(Collectors.toUnmodifiableSet());
        List<String> all = Stream.concat(tokenizer.specialTexts().stream(), always.stream())
                .filter(text -> !text.isBlank())
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        return all.isEmpty() ? NONE : new SteeringTexts(Optional.of(anyOf(all)), always);
    }

    /// Looks at a text's thousands of characters once, and at hundreds of alternatives only where one may begin.
    private static Pattern anyOf(List<String> texts) {
        String beginnings = texts.stream()
                .map(text -> Pattern.quote(text.substring(0, text.offsetByCodePoints(0, 1))))
                .distinct()
                .collect(Collectors.joining("|"));
        String alternatives = texts.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return Pattern.compile("(?=" + beginnings + ")(?:" + alternatives + ")");
    }
}
