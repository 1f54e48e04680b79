package io.vlm4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.testkit.TestModels;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Grammars from regular expressions and choices; the oracle is java.util.regex.
@Tag("native")
@Tag("model")
class GrammarTest {
    private static final Prompt PROMPT = Prompt.parse("USER: What is shown in this image? ASSISTANT:");
    private static Model model;
    private static Generator generator;
    private static InferenceContext context;
    private static final int[] BYTE_TOKENS = new int[256];

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
        generator = new Generator(InferenceContext.create(model), null);
        context = InferenceContext.create(model);
        context.decode(1);
        for (int token = model.tokenizer().size() - 1; token >= 0; token--) {
            byte[] piece = model.tokenizer().piece(token);
            if (piece.length == 1) {
                BYTE_TOKENS[piece[0] & 0xFF] = token;
            }
        }
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Generation generate(Grammar grammar, long seed, int maxTokens) {
        return generator.generate(
                PROMPT,
                GenerationOptions.builder()
                        .maxTokens(maxTokens)
                        .sampling(SamplingOptions.builder()
                                .temperature(2)
                                .seed(seed)
                                .grammar(grammar)
                                .build())
                        .build());
    }

    /// Feeds a text byte by byte, and looks whether it may end there.
    private static boolean accepts(Grammar grammar, String text) {
        int end = model.tokenizer().endOfSequence().orElseThrow();
        AtomicBoolean mayEnd = new AtomicBoolean();
        CustomSampler look = candidates -> {
            for (int i = 0; i < candidates.size(); i++) {
                if (candidates.token(i) == end) {
                    mayEnd.set(candidates.logit(i) != Float.NEGATIVE_INFINITY);
                }
            }
        };
        SamplingOptions options =
                SamplingOptions.builder().grammar(grammar).custom(look).build();
        try (Sampler sampler = Sampler.create(model, options)) {
            for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
                sampler.accept(BYTE_TOKENS[one & 0xFF]);
            }
            context.sample(sampler);
            return mayEnd.get();
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }

    /// Random expressions are now and then of the kind whose automaton explodes.
    private static Optional<Grammar> unlessTooLarge(String regex) {
        try {
            return Optional.of(Grammar.ofRegex(regex));
        } catch (Vlm4jException.InvalidGrammar refused) {
            assertThat(refused).hasMessageContaining("states");
            return Optional.empty();
        }
    }

    @Test
    void whatIsGeneratedMatches() {
        RandomRegex regexes = new RandomRegex(new Random(7));
        int whole = 0;
        for (int i = 0; i < 150; i++) {
            String regex = regexes.next();
            Optional<Grammar> grammar = unlessTooLarge(regex);
            if (grammar.isEmpty()) {
                continue;
            }
            Generation generation = generate(grammar.get(), i, 40);
            if (generation.finishReason() == FinishReason.END_OF_GENERATION) {
                whole++;
                assertThat(Pattern.matches(regex, generation.text()))
                        .as("'%s' matches /%s/ (number %d)", generation.text(), regex, i)
                        .isTrue();
            }
        }
        assertThat(whole).isGreaterThan(100);
    }

    @Test
    void acceptsExactlyWhatMatches() {
        RandomRegex regexes = new RandomRegex(new Random(11));
        int accepted = 0;
        for (int i = 0; i < 200; i++) {
            String regex = regexes.next();
            Optional<Grammar> grammar = unlessTooLarge(regex);
            for (int j = 0; j < 20 && grammar.isPresent(); j++) {
                String text = regexes.text();
                boolean matches = Pattern.matches(regex, text);
                accepted += matches ? 1 : 0;
                assertThat(accepts(grammar.get(), text))
                        .as("/%s/ and '%s'", regex, text)
                        .isEqualTo(matches);
            }
        }
        assertThat(accepted).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a*)*b",
                "(a|a)*",
                "((a?){3})*",
                "(|a)+",
                "()",
                "",
                "^$",
                "(a*b*)*c?",
                "a{0}",
                "(a|b)*a(a|b){4}",
                "[^a]{2,5}",
                "\\d{4}-\\d{2}-\\d{2}",
                "(?:yes|no)",
                "[\\w.]+@[a-z]+\\.(com|org)",
                "[$^.|?*+(){}]+"
            })
    void hardOnesAcceptExactlyWhatMatches(String regex) {
        Grammar grammar = Grammar.ofRegex(regex);
        for (String text : List.of(
                "",
                "a",
                "b",
                "c",
                "aa",
                "ab",
                "aab",
                "abc",
                "aaaa",
                "babba",
                "aabab",
                "2024-01-31",
                "yes",
                "no",
                "x.y@z.com",
                "zzzzz",
                "$^.",
                "d")) {
            assertThat(accepts(grammar, text)).as("/%s/ and '%s'", regex, text).isEqualTo(Pattern.matches(regex, text));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)b@1", "(?<!a)b@1", "(?<n>a)@1", "(?i)a@1", "(a)\\1@3", "a++@2", "a**@2", "a{2@3", "a{,2}@2",
                        "a{3,2}@5",
                "a{1001}@6", "[a@2", "[]@1", "[z-a]@4", "[a-\\d]@5", "[a[b]]@2", "[a&&b]@2", "(a@2", "a)@1", "*a@0",
                "\\p{L}@0", "\\bx@0", "a^b@1", "a$b@1", "\\@1", "[^\\w\\W]@7", "\\xg0@3", "a{b}@2", "[!-&&a]@4"
            })
    void namesThePlaceOfWhatItDoesNotSupport(String regexAndPlace) {
        int at = regexAndPlace.lastIndexOf('@');
        String regex = regexAndPlace.substring(0, at);
        assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                .isThrownBy(() -> Grammar.ofRegex(regex))
                .withMessageContaining("at position " + regexAndPlace.substring(at + 1) + " ")
                .withMessageContaining(regex);
    }

    /// Whatever is let through is also fast: the slowest allowed ones generate.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a|b)*a(a|b){20}",
                "((a{1000}){1000}){1000}",
                "(.{0,1000}){0,1000}",
                "((a?){30}){30}(b?c?){300}",
                "(a*)*(a*)*(a*)*b",
                ".{1000}",
                "(\\w{1,50},){1,15}",
                "([^a]*[^b]*){30}",
                "(x+x+)+y"
            })
    @Timeout(60)
    void adversarialOnesAreRefusedOrBounded(String regex) {
        try {
            generate(Grammar.ofRegex(regex), 1, 20);
        } catch (Vlm4jException.InvalidGrammar refused) {
            assertThat(refused).hasMessageContaining("states");
        }
    }

    @Test
    @Timeout(60)
    void longOnesAreRefusedOrBounded() {
        String optionals = IntStream.range(0, 3000)
                .mapToObj(i -> Character.toString('a' + i % 26) + "?")
                .collect(Collectors.joining());
        adversarialOnesAreRefusedOrBounded(optionals);
        adversarialOnesAreRefusedOrBounded("(a|b|c)?".repeat(100));
        assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                .isThrownBy(() -> Grammar.ofRegex("(".repeat(200) + ")".repeat(200)))
                .withMessageContaining("groups");
        assertThatExceptionOfType(Vlm4jException.InvalidGrammar.class)
                .isThrownBy(() -> Grammar.ofRegex("a".repeat(Grammar.MAX_REGEX_LENGTH + 1)));
    }

    @Test
    void oneOfTheChoicesComesOut() {
        List<String> choices = List.of(
                "a cat", "a dog", "\"quoted\" \\ [x-y]", "line\nbreak", "gr\u00fc\u00dfe \ud83c\udf4e", "a", "\u0001");
        Grammar grammar = Grammar.ofChoices(choices);
        for (int seed = 0; seed < 40; seed++) {
            assertThat(choices).contains(generate(grammar, seed, 60).text());
        }
        for (String choice : choices) {
            assertThat(accepts(grammar, choice)).as(choice).isTrue();
        }
        for (String other : List.of("", "a ca", "a cats", "cat", "A cat", "\"quoted\"")) {
            assertThat(accepts(grammar, other)).as(other).isFalse();
        }
    }

    @Test
    void equalBeginningsAreOneBranch() {
        assertThat(Grammar.ofChoices(List.of("yes", "no")).source()).isEqualTo("root ::= \"no\" | \"yes\"\n");
        assertThat(Grammar.ofChoices(List.of("red", "red apple", "rose")).source())
                .isEqualTo("root ::= \"r\" s1\ns1 ::= \"ed\" s3 | \"ose\"\ns3 ::= \" apple\" | \"\"\n");
    }

    @Test
    @Timeout(60)
    void manyChoicesAreStillFast() {
        List<String> choices = IntStream.range(0, Grammar.MAX_CHOICES)
                .mapToObj(i -> "choice " + Integer.toString(i * 7919, 36))
                .toList();
        assertThat(choices).contains(generate(Grammar.ofChoices(choices), 1, 60).text());
        List<String> steps = IntStream.range(1, 600).mapToObj("a"::repeat).toList();
        assertThat(steps).contains(generate(Grammar.ofChoices(steps), 1, 900).text());
    }

    @Test
    void refusesChoicesThatAreNone() {
        for (List<String> choices : List.of(
                List.<String>of(),
                List.of(""),
                List.of("a", ""),
                List.of("a\0b"),
                List.of("\ud83c"),
                Collections.nCopies(Grammar.MAX_CHOICES + 1, "a"),
                List.of("a".repeat(Grammar.MAX_CHOICES_LENGTH + 1)))) {
            assertThatIllegalArgumentException().isThrownBy(() -> Grammar.ofChoices(choices));
        }
    }
}
