package io.vlm4j.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolChoice;
import io.vlm4j.sampling.Candidates;
import io.vlm4j.sampling.CustomSampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.schema.Range;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A model that knows nothing of tools, made to call one by the grammar of a format that does.
@Tag("native")
@Tag("model")
class ToolLoopTest {
    private static final String HERMES = "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja";
    private static final String QWEN = "Qwen-Qwen2.5-7B-Instruct.jinja";
    private static Vlm vlm;

    enum Fruit {
        APPLE,
        PEAR
    }

    public static final class Shop {
        final List<String> sold = new ArrayList<>();

        @ToolMethod("Sells fruit.")
        public String sell(Fruit fruit, @Range(min = 1, max = 99) int pieces) {
            sold.add(fruit + " " + pieces);
            return "sold " + pieces;
        }
    }

    @BeforeAll
    static void open() {
        vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    @AfterAll
    static void close() {
        vlm.close();
    }

    /// The formats allow words before the call, of which this model would find no end: begins with the call, and ends
    /// after it. What is in between is the model's, under the grammar.
    private static final class Caller implements CustomSampler {
        private static final String BEGIN = "<tool_call>\n{";
        private final Tokenizer tokenizer = vlm.model().tokenizer();
        private final StringBuilder written = new StringBuilder();

        @Override
        public void apply(Candidates candidates) {
            String left = BEGIN.substring(Math.min(written.length(), BEGIN.length()));
            boolean done = written.indexOf("</tool_call>") > 0;
            for (int i = 0; i < candidates.size(); i++) {
                String piece = piece(candidates.token(i));
                boolean next = !left.isEmpty() && !piece.isEmpty() && left.startsWith(piece);
                if (next || (done && tokenizer.isEndOfGeneration(candidates.token(i)))) {
                    candidates.setLogit(i, 1000 + candidates.logit(i));
                }
            }
        }

        @Override
        public void accept(int token) {
            written.append(piece(token));
            if (tokenizer.isEndOfGeneration(token)) {
                written.setLength(0);
            }
        }

        private String piece(int token) {
            return new String(tokenizer.piece(token), StandardCharsets.UTF_8);
        }
    }

    private record Outcome(ChatReply reply, List<ChatMessage> transcript, List<ChatEvent.Called> calls) {}

    private static Outcome ask(String template, Shop shop, ToolGate gate, int rounds) throws IOException {
        String source = Files.readString(Path.of("native/build/src/llama.cpp/models/templates", template));
        try (ChatTemplate chatTemplate = ChatTemplate.of(vlm.model(), source)) {
            ChatOptions options = ChatOptions.builder()
                    .tools(Tools.of(shop))
                    .gate(gate)
                    .maxToolRounds(rounds)
                    .rendering(RenderOptions.builder()
                            .toolChoice(ToolChoice.REQUIRED)
                            .parallelToolCalls(false)
                            .build())
                    .generation(GenerationOptions.builder()
                            .maxTokens(120)
                            .sampling(SamplingOptions.builder()
                                    .temperature(0)
                                    .custom(new Caller())
                                    .build())
                            .build())
                    .build();
            Chat chat = Chat.of(vlm.generator(), chatTemplate, options);
            List<ChatEvent.Called> calls = new ArrayList<>();
            ChatReply reply = chat.say(
                    ChatMessage.user("Sell me three apples."),
                    event -> {
                        if (event instanceof ChatEvent.Called called) {
                            calls.add(called);
                        }
                    },
                    new Cancellation());
            return new Outcome(reply, chat.transcript(), calls);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {HERMES, QWEN})
    void aForcedCallArrivesWithValidArgumentsAndIsMade(String template) throws IOException {
        Shop shop = new Shop();
        Outcome outcome = ask(template, shop, ToolGate.OPEN, 1);

        assertThat(outcome.calls()).as("%s", outcome.reply()).hasSize(1);
        ChatEvent.Called called = outcome.calls().getFirst();
        assertThat(called.call().name()).isEqualTo("sell");
        assertThat(called.permitted()).isTrue();
        assertThat(shop.sold).hasSize(1).allMatch(sale -> sale.matches("(APPLE|PEAR) [1-9][0-9]?"));
        assertThat(called.result()).startsWith("sold ");
        assertThat(outcome.transcript())
                .extracting(ChatMessage::role)
                .containsExactly(Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT);
        ToolCall call = outcome.transcript().get(1).toolCalls().getFirst();
        assertThat(outcome.transcript().get(2).text()).isEqualTo(called.result());
        assertThat(outcome.transcript().get(2).toolCallId().orElse("")).isEqualTo(call.id());
        assertThat(outcome.reply().rounds()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {HERMES, QWEN})
    void theGateForbidsTheCall(String template) throws IOException {
        Shop shop = new Shop();
        Outcome outcome = ask(template, shop, call -> false, 1);

        assertThat(shop.sold).isEmpty();
        assertThat(outcome.calls()).hasSize(1).noneMatch(ChatEvent.Called::permitted);
        assertThat(outcome.transcript().get(2).text()).contains("did not permit");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void soManyRoundsOfCallsAndThenAnAnswer(int rounds) throws IOException {
        Shop shop = new Shop();
        Outcome outcome = ask(QWEN, shop, ToolGate.OPEN, rounds);

        assertThat(shop.sold).hasSize(rounds);
        assertThat(outcome.reply().rounds()).hasSize(rounds + 1);
        assertThat(outcome.reply().message().toolCalls()).isEmpty();
    }
}
