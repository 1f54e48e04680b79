package io.vlm4j.vlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.InvalidGrammar;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.ToolChoice;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Grammars come with the options of a sampler, with a conversation, and are made of the parameters of tools. Whichever
/// way a hostile one takes, it is refused; without the bounds each of these ends the process or never ends.
@Tag("native")
@Tag("model")
class GrammarDoorsTest {
    private static final Path TOOL_TEMPLATE =
            Path.of("native/build/src/llama.cpp/models/templates/NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja");

    private static Model model;
    private static ChatTemplate template;

    @BeforeAll
    static void open() throws IOException {
        model = Model.open(TestModels.bundled());
        template = ChatTemplate.of(model, Files.readString(TOOL_TEMPLATE));
    }

    @AfterAll
    static void close() {
        template.close();
        model.close();
    }

    /// Nested deeper than the stack, a chain of rules as long, more places than there is time for, rules without end.
    static List<String> hostile() {
        return List.of(
                "root ::= " + "(".repeat(100_000) + "\"a\"" + ")".repeat(100_000),
                IntStream.range(0, 100_000)
                                .mapToObj(i -> "r" + i + " ::= r" + (i + 1) + "\n")
                                .collect(Collectors.joining("root ::= r0\n", "", ""))
                        + "r100000 ::= \"a\"",
                "root ::= " + "[a-z]? ".repeat(50_000),
                "root ::= [a-z]{2,1}");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void givenToASampler(String grammar) {
        assertThatExceptionOfType(InvalidGrammar.class).isThrownBy(() -> Grammar.of(grammar));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void givenToAConversation(String grammar) {
        RenderOptions options = RenderOptions.builder().grammar(grammar).build();
        for (ChatTemplate one : List.of(template, ChatTemplate.of(model))) {
            try (RenderedChat rendered = one.render(List.of(ChatMessage.user("Hello")), options)) {
                assertThatExceptionOfType(InvalidGrammar.class)
                        .isThrownBy(() -> Sampler.create(model, SamplingOptions.greedy(), rendered));
            }
        }
    }

    private static Sampler samplerFor(String parameters, ToolChoice choice) {
        RenderOptions options = RenderOptions.builder()
                .tools(List.of(new ToolDefinition("look", "Looks.", parameters)))
                .toolChoice(choice)
                .build();
        try (RenderedChat rendered = template.render(List.of(ChatMessage.user("Hello")), options)) {
            return Sampler.create(model, SamplingOptions.greedy(), rendered);
        }
    }

    private static void isRefused(String parameters, String reason) {
        for (ToolChoice choice : ToolChoice.values()) {
            assertThatExceptionOfType(InvalidGrammar.class)
                    .isThrownBy(() -> samplerFor(parameters, choice).close())
                    .withMessageContaining("look")
                    .withMessageContaining(reason);
        }
    }

    private static String object(String properties, String definitions) {
        return "{\"type\":\"object\",\"properties\":{" + properties + "},\"$defs\":{" + definitions + "}}";
    }

    @Test
    void parametersThatReferToEachOtherWithoutEnd() {
        String chain = IntStream.range(0, 16_000)
                .mapToObj(i -> "\"a%d\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/a%d\"}}".formatted(i, i + 1))
                .collect(Collectors.joining(","));
        isRefused(object("\"x\":{\"$ref\":\"#/$defs/a0\"}", chain + ",\"a16000\":{\"type\":\"string\"}"), "deep");
    }

    @Test
    void parametersWithTooManyWaysToBeMissing() {
        String many = IntStream.range(0, 2000)
                .mapToObj(i -> "\"p" + i + "\":{\"type\":\"string\"}")
                .collect(Collectors.joining(","));
        isRefused(object(many, ""), "may be missing");
    }

    @Test
    void parametersWithNamesAndReferencesThatAreTooLong() {
        isRefused(object("\"" + "!".repeat(40_000) + "\":{\"type\":\"string\"}", ""), "40000 characters");
        isRefused(object("\"x\":{\"$ref\":\"#/" + "!".repeat(900_000) + "\"}", ""), "900002 characters");
        isRefused(object("\"x\":{\"enum\":[\"" + "a".repeat(2_000_000) + "\"]}", ""), "longer than 1048576");
    }

    /// What tools of real programs have: keywords that no grammar follows, a hundred optional parameters, recursion.
    @Test
    void ordinaryParametersAreTaken() {
        String many = IntStream.range(0, 100)
                .mapToObj(i -> "\"p" + i + "\":{\"type\":\"string\",\"default\":\"x\",\"title\":\"P\"}")
                .collect(Collectors.joining(","));
        String tree = "\"tree\":{\"type\":\"object\",\"properties\":{\"children\":{\"type\":\"array\",\"items\":"
                + "{\"$ref\":\"#/$defs/tree\"}}},\"not\":{\"required\":[\"x\"]}}";
        for (ToolChoice choice : ToolChoice.values()) {
            samplerFor(object(many + ",\"t\":{\"$ref\":\"#/$defs/tree\"}", tree), choice)
                    .close();
        }
    }

    private static String doublingRules() {
        return IntStream.range(0, 40)
                .mapToObj(i -> "a%d ::= a%d a%d | a%d%n".formatted(i, i + 1, i + 1, i + 1))
                .collect(Collectors.joining("", "root ::= a0\n", "a40 ::= \"x\"\n"));
    }

    @Test
    void rulesThatDoubleTheWaysToBegin() {
        assertThatExceptionOfType(InvalidGrammar.class)
                .isThrownBy(() -> Sampler.create(
                        model,
                        SamplingOptions.builder()
                                .grammar(Grammar.of(doublingRules()))
                                .build()))
                .withMessageContaining("ambiguous");
    }

    @Test
    void alternativesThatDoubleTheWaysWithEachCharacter() {
        SamplingOptions options = SamplingOptions.builder()
                .grammar(Grammar.of("root ::= [a-z ] (root \"a\" | root \"b\" | \"\")"))
                .build();
        try (InferenceContext context = InferenceContext.create(model);
                Sampler sampler = Sampler.create(model, options)) {
            context.decode(1);
            assertThatExceptionOfType(Vlm4jException.Inference.class)
                    .isThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            context.decode(context.sample(sampler));
                        }
                    })
                    .withMessageContaining("ambiguous");
            sampler.reset();
            assertThat(context.sample(sampler)).isNotNegative();
        }
    }

    /// llama.cpp calls itself for each character of a token that a grammar is asked about.
    @Test
    void aVocabularyWithATokenThatIsDeeperThanTheStack(@TempDir Path folder) {
        Path path = folder.resolve("long.gguf");
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            List<String> tokens = new ArrayList<>(
                    file.value("tokenizer.ggml.tokens").orElseThrow().asStrings());
            tokens.set(1500, "a".repeat(60_000));
            GgufWriter.copyOf(file)
                    .put("tokenizer.ggml.tokens", GgufValue.strings(tokens))
                    .write(path);
        }
        SamplingOptions options =
                SamplingOptions.builder().grammar(Grammar.of("root ::= [a-z]*")).build();
        try (Model strange = Model.open(path);
                InferenceContext context = InferenceContext.create(strange);
                Sampler sampler = Sampler.create(strange, options)) {
            context.decode(1);
            assertThat(context.sample(sampler)).isNotEqualTo(1500);
        }
    }

    private static void write(Sampler sampler, String text) {
        for (int token : model.tokenizer().encode(text, false, false)) {
            sampler.accept(token);
        }
    }

    /// std::regex calls itself for each line end of `^\s+to$`, which says where the calls of this template begin.
    @Test
    void anAnswerOfLineEndsOnlyThatIsLongerThanTheStackIsDeep() throws IOException, InterruptedException {
        Path source = TOOL_TEMPLATE.resolveSibling("openai-gpt-oss-120b.jinja");
        RenderOptions options = RenderOptions.builder()
                .tools(List.of(new ToolDefinition("look", "Looks.", object("\"x\":{\"type\":\"string\"}", ""))))
                .toolChoice(ToolChoice.AUTO)
                .build();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (ChatTemplate triggered = ChatTemplate.of(model, Files.readString(source));
                RenderedChat rendered = triggered.render(List.of(ChatMessage.user("Hello")), options);
                Sampler sampler = Sampler.create(model, SamplingOptions.greedy(), rendered)) {
            Thread.ofPlatform()
                    .stackSize(1 << 20)
                    .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
                    .start(() -> {
                        write(sampler, "\n".repeat(5000));
                        write(sampler, "<|start|>assistant to");
                    })
                    .join();
            assertThat(failure.get()).isNull();
            assertThatIllegalArgumentException()
                    .as("the call has begun, and follows the grammar")
                    .isThrownBy(() -> write(sampler, "\n"));
        }
    }
}
