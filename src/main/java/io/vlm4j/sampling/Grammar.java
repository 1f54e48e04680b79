package io.vlm4j.sampling;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.shim.ChatTemplates;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.sampling.internal.ChoiceTree;
import io.vlm4j.sampling.internal.GbnfLimits;
import io.vlm4j.sampling.internal.GbnfWriter;
import io.vlm4j.sampling.internal.RegexAutomaton;
import io.vlm4j.sampling.internal.RegexParser;
import io.vlm4j.sampling.internal.Repetitions;
import io.vlm4j.schema.JsonSchema;
import java.util.List;

/// A GBNF grammar that generated text must follow.
///
/// @param source the rules
/// @param root   name of the rule that the text starts with
public record Grammar(String source, String root) {
    /// Longest regular expression, in characters.
    public static final int MAX_REGEX_LENGTH = 10_000;

    /// Largest count in a regular expression.
    public static final int MAX_REPETITIONS = 1000;

    public static final int MAX_CHOICES = 10_000;

    /// Most characters of all choices together.
    public static final int MAX_CHOICES_LENGTH = 200_000;

    /// @throws IllegalArgumentException when the source or the root's name is blank
    /// @throws Vlm4jException.InvalidGrammar when it is longer, nested deeper or more ambiguous than llama.cpp could
    ///     take; whether it parses is known when a sampler is made with it
    public Grammar {
        if (source.isBlank()) {
            throw new IllegalArgumentException("the grammar is empty");
        }
        if (root.isBlank()) {
            throw new IllegalArgumentException("the grammar's root rule has no name");
        }
        GbnfLimits.check(source);
        Repetitions.check(source);
    }

    /// A grammar whose first rule is `root`.
    public static Grammar of(String source) {
        return new Grammar(source, "root");
    }

    /// The grammar of all JSON texts that a JSON schema allows.
    ///
    /// @throws Vlm4jException.InvalidGrammar when the schema is malformed or cannot be expressed
    public static Grammar ofJsonSchema(String schema) {
        return ofJsonSchema(JsonSchema.parse(schema));
    }

    /// The grammar of JSON texts that a schema allows; all of them follow it, but for what the schema says that no
    /// grammar can enforce ([JsonSchema#unenforced]).
    ///
    /// @throws Vlm4jException.InvalidGrammar when llama.cpp refuses what was found usable
    public static Grammar ofJsonSchema(JsonSchema schema) {
        NativeRuntime.load();
        return of(ChatTemplates.grammarOfSchema(schema.grammarJson()));
    }

    /// The grammar of all texts that a regular expression matches from the first character to the last. The expression
    /// means what it means to `java.util.regex`, of which this subset is taken:
    ///
    /// - characters, `.` (no line end), and `\t` `\n` `\r` `\f`, `\x` with two and `\` `u` with four
    ///   hexadecimal digits; a backslash before anything that is no ASCII letter or digit makes it plain;
    /// - `\d \w \s` and `\D \W \S`, of ASCII as in Java;
    /// - classes `[a-z_]`, `[^"\\]`, with ranges and the escapes above, not within each other;
    /// - groups `(…)` and `(?:…)`, alternatives `a|b|`;
    /// - `?`, `*`, `+`, `{n}`, `{m,}`, `{m,n}`, also with a `?` after them, which changes nothing;
    /// - `^` as the very first and `$` as the very last character, which change nothing.
    ///
    /// Nothing else: no look-around, back-references, flags, possessive quantifiers or `\p{…}`. NUL is in no class.
    ///
    /// The expression becomes a deterministic automaton, so that what a token costs does not depend on how it is
    /// written; one that would need too many states is refused. The text can be completed from wherever it stands.
    ///
    /// @throws Vlm4jException.InvalidGrammar for anything else, naming the position; for a pattern of more than
    ///     [#MAX_REGEX_LENGTH] characters, a count above [#MAX_REPETITIONS], or too many states
    public static Grammar ofRegex(String pattern) {
        return of(GbnfWriter.write(RegexAutomaton.of(RegexParser.parse(pattern), pattern)));
    }

    /// The grammar of exactly these texts.
    ///
    /// @throws IllegalArgumentException when there are none or more than [#MAX_CHOICES], they are longer than
    ///     [#MAX_CHOICES_LENGTH] together, or one is empty, has a NUL or half of a surrogate pair
    public static Grammar ofChoices(List<String> choices) {
        if (choices.isEmpty() || choices.size() > MAX_CHOICES) {
            throw new IllegalArgumentException("1 to " + MAX_CHOICES + " choices are needed, not " + choices.size());
        }
        long length = choices.stream().mapToLong(String::length).sum();
        if (length > MAX_CHOICES_LENGTH) {
            throw new IllegalArgumentException(
                    "choices of " + length + " characters; more than " + MAX_CHOICES_LENGTH + " are refused");
        }
        return of(GbnfWriter.write(ChoiceTree.of(choices)));
    }
}
