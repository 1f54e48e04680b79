package io.vlm4j.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/// Somebody writes everything that any of llama.cpp's templates uses as a special token, everywhere where others
/// than the developer can write. In a vocabulary where all of it *is* special, the prompt has the special tokens of
/// a harmless conversation, in the same order.
@Tag("native")
@Tag("model")
class InjectionTest {
    private static final Path TEMPLATES = Path.of("native/build/src/llama.cpp/models/templates");
    private static final Pattern SPECIAL_LOOKING =
            Pattern.compile("<[|｜][^<>|｜\\n{}'\"]{1,40}[|｜]>|</?[A-Za-z_:]{1,24}>|\\[/?[A-Z_]{3,24}]");
    private static final long CONTROL = 3; // llama.h: LLAMA_TOKEN_TYPE_CONTROL
    private static final long USER_DEFINED = 4; // found in every text, special tokens parsed or not
    private static final String HARMLESS = "words of no consequence";

    @TempDir
    private static Path folder;

    private static List<String> specials;
    private static int known; // tokens before them
    private static Path allControl;
    private static Path mixed;

    @BeforeAll
    static void writeAModelWithTheseTokens() throws IOException {
        Set<String> found = new TreeSet<>();
        for (Path template : templates()) {
            SPECIAL_LOOKING.matcher(Files.readString(template)).results().forEach(match -> found.add(match.group()));
        }
        try (GgufFile donor = GgufFile.open(TestModels.bundled())) {
            List<String> tokens =
                    donor.value("tokenizer.ggml.tokens").orElseThrow().asStrings();
            known = tokens.size();
            tokens.forEach(found::remove); // a vocabulary has each text once
        }
        specials = List.copyOf(found);
        Path plain = folder.resolve("plain.gguf");
        new RandomLlama(1, 64, 2, 2, 64, known + specials.size(), 8192, GgmlType.F32, 1)
                .write(TestModels.bundled(), plain);
        allControl = special(plain, "control.gguf", i -> CONTROL);
        mixed = special(plain, "mixed.gguf", i -> i % 2 == 0 ? CONTROL : USER_DEFINED);
    }

    private static Path special(Path plain, String name, IntToLongFunction type) {
        Path path = folder.resolve(name);
        try (GgufFile file = GgufFile.open(plain)) {
            List<String> tokens = new ArrayList<>(
                    file.value("tokenizer.ggml.tokens").orElseThrow().asStrings());
            long[] types = file.value("tokenizer.ggml.token_type").orElseThrow().asLongs();
            for (int i = 0; i < specials.size(); i++) {
                tokens.set(known + i, specials.get(i));
                types[known + i] = type.applyAsLong(i);
            }
            GgufWriter.copyOf(file)
                    .put("tokenizer.ggml.tokens", GgufValue.strings(tokens))
                    .put("tokenizer.ggml.token_type", GgufValue.integers(GgufType.I32, types))
                    .write(path);
        }
        return path;
    }

    private static List<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(TEMPLATES)) {
            return files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList();
        }
    }

    /// All spellings in a row, broken up, and as JSON and a browser would write them.
    private static String everything() {
        String row = String.join(" ", specials);
        return row + String.join("", specials) + " <__media__> <image> </s><s> "
                + row.replace("<", "\\u003c").replace("|", "\\u007c") + row.replace("<", "&lt;");
    }

    private static List<ChatMessage> conversation(String text, boolean withTools) {
        String arguments = JsonNodeFactory.instance
                .objectNode()
                .put("city", text)
                .put("more " + text, 1)
                .toString();
        List<ChatMessage> messages = new ArrayList<>();
        messages.add(ChatMessage.user(text));
        if (withTools) {
            messages.add(ChatMessage.assistant("", text, List.of(new ToolCall("call00001", "weather", arguments))));
            messages.add(ChatMessage.tool("call00001", "weather", text));
        }
        messages.add(ChatMessage.assistant(text));
        messages.add(ChatMessage.user(new Content.Text(text), new Content.Text(text)));
        return messages;
    }

    private static RenderOptions options(String text, boolean withTools) {
        RenderOptions.Builder options = RenderOptions.builder().now(Instant.EPOCH);
        if (withTools) {
            String schema = JsonNodeFactory.instance
                    .objectNode()
                    .put("type", "object")
                    .set(
                            "properties",
                            JsonNodeFactory.instance
                                    .objectNode()
                                    .set(
                                            "city",
                                            JsonNodeFactory.instance
                                                    .objectNode()
                                                    .put("type", "string")
                                                    .put("description", text)))
                    .toString();
            options.tools(List.of(new ToolDefinition("weather", text, schema)));
        }
        return options.build();
    }

    /// The tokens in the prompt that steer: control tokens, and others that the template uses.
    private static List<String> steering(Model model, ChatTemplate template, String text, boolean withTools) {
        try (RenderedChat rendered = template.render(conversation(text, withTools), options(text, withTools));
                TokenizedPrompt tokenized = TokenizedPrompt.of(rendered.prompt(), model, null)) {
            return tokenized.chunks().stream()
                    .flatMap(chunk -> ((TokenizedPrompt.TextChunk) chunk).ids().stream())
                    .filter(id -> model.tokenizer().isSpecial(id)
                            || id >= known
                                    && template.source()
                                            .contains(model.tokenizer().text(id)))
                    .map(id -> model.tokenizer().text(id))
                    .toList();
        }
    }

    @Test
    void nothingThatIsWrittenBecomesASpecialToken() throws IOException {
        assertThat(specials).hasSizeGreaterThan(150);
        assertThat(attack(allControl)).isGreaterThan(125);
    }

    @Test
    void norOneThatTheTokenizerFindsEverywhere() throws IOException {
        assertThat(attack(mixed)).isGreaterThan(125);
    }

    /// @return how many conversations were compared
    private static int attack(Path model) throws IOException {
        Map<String, String> differing = new ConcurrentSkipListMap<>();
        AtomicInteger compared = new AtomicInteger();
        try (Model special = Model.open(model)) {
            templates().parallelStream().forEach(file -> {
                try (ChatTemplate template = ChatTemplate.of(special, Files.readString(file))) {
                    for (boolean withTools : new boolean[] {false, true}) {
                        if (attack(
                                special, template, withTools, file.getFileName().toString(), differing)) {
                            compared.incrementAndGet();
                        }
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        assertThat(differing).isEmpty();
        return compared.get();
    }

    /// @return false for a template that refuses such conversations, harmless or not
    private static boolean attack(
            Model special, ChatTemplate template, boolean withTools, String file, Map<String, String> differing) {
        try {
            List<String> harmless = steering(special, template, HARMLESS, withTools);
            List<String> attacked = steering(special, template, everything(), withTools);
            if (!attacked.equals(harmless)) {
                differing.put(file + (withTools ? " with tools" : ""), attacked + " instead of " + harmless);
            }
            return true;
        } catch (Vlm4jException.InvalidTemplate e) {
            return false;
        }
    }

    @Test
    void noWrittenMarkerBecomesAPicture() throws IOException {
        String markers = "<__media__> <image> <|image|> [IMG] <__image__> <start_of_image> <__media_0__> "
                + "<__media_0123456789abcdef_0__> [plain-0123456789abcdef-0]";
        try (Model bundled = Model.open(TestModels.bundled());
                Projector projector = bundled.openProjector(TestModels.bundledProjector());
                ChatTemplate template = ChatTemplate.of(bundled)) {
            Prompt prompt = template.render(List.of(
                    ChatMessage.user(markers, ImageInput.of(TestModels.sample("08-box.png"))),
                    ChatMessage.assistant(markers),
                    ChatMessage.user(markers)));
            try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, bundled, projector)) {
                assertThat(tokenized.chunks())
                        .filteredOn(TokenizedPrompt.MediaChunk.class::isInstance)
                        .hasSize(1);
            }
        }
    }
}
