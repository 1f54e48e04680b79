package io.vlm4j.isolation.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Tool;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Speculation;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.ToolCall;
import io.vlm4j.prompt.ToolDefinition;
import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Mirostat;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.vlm.VlmOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What goes between the processes, without any.
class FramesTest {
    private static Frame roundTrip(Frame frame) throws IOException {
        return read(written(frame));
    }

    private static byte[] written(Frame frame) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        frame.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static Frame read(byte[] bytes) throws IOException {
        return Frame.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    @Test
    void framesArriveAsTheyWere() throws IOException {
        Frame frame = roundTrip(new Frame(FrameKind.TURN, new byte[] {1, 2}, List.of(new byte[0], new byte[] {3})));

        assertThat(frame.kind()).isEqualTo(FrameKind.TURN);
        assertThat(frame.body()).containsExactly(1, 2);
        assertThat(frame.blobs()).containsExactly(new byte[0], new byte[] {3});
    }

    @Test
    void whatIsNoFrameIsRefusedAndNeverBelieved() throws IOException {
        byte[] good = written(new Frame(FrameKind.TEXT, new byte[] {1, 2, 3}, List.of(new byte[] {4})));
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
        }
        for (int at : new int[] {0, 1, 2, 6, 10}) {
            byte[] damaged = good.clone();
            damaged[at] = (byte) 0xC3;
            assertThatThrownBy(() -> read(damaged)).isInstanceOf(CorruptFrameException.class);
        }
        assertThatThrownBy(() -> read("# A fatal error has been detected".getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(CorruptFrameException.class);
    }

    @Test
    void textsArriveWithWhatIsKnownOfTheirTokens() {
        List<TokenProbability> known = List.of(new TokenProbability(
                5, "ä", -0.25f, List.of(new TokenProbability.Alternative(6, "ö", Float.NEGATIVE_INFINITY))));

        assertThat(TextFrame.read(TextFrame.write("süß 🍎", 5, known)))
                .isEqualTo(new GenerationEvent.Text("süß 🍎", 5, known));
        assertThat(TextFrame.read(TextFrame.write("", -1, List.of())).text()).isEmpty();
    }

    @Test
    void optionsArriveAsTheyWere() {
        SamplingOptions sampling = SamplingOptions.builder()
                .temperature(0.7f)
                .seed(0xFFFF_FFFEL)
                .dry(DryOptions.of(0.8f))
                .mirostat(new Mirostat(2, 5, 0.1f))
                .grammar(Grammar.of("root ::= \"a\""))
                .logitBias(Map.of(7, Float.NEGATIVE_INFINITY, 8, 0.1f))
                .build();
        GenerationOptions generation = GenerationOptions.builder()
                .sampling(sampling)
                .stops(List.of("\n", "ende"))
                .logProbabilities(3)
                .speculation(new Speculation.NgramLookup(1, 2, 3))
                .build();
        RenderOptions rendering = RenderOptions.builder()
                .now(Instant.parse("2026-11-26T01:02:03.123456789Z"))
                .parallelToolCalls(true)
                .templateArguments(Map.of("a", "{\"b\":1}"))
                .build();
        VlmOptions options = VlmOptions.defaults()
                .withContext(ContextOptions.builder()
                        .contextLength(77)
                        .flashAttention(FlashAttention.ON)
                        .cacheType(CacheType.Q8_0)
                        .build())
                .withThreads(3);

        assertThat(Wire.read(Wire.toBytes(generation), GenerationOptions.class)).isEqualTo(generation);
        assertThat(Wire.read(Wire.toBytes(GenerationOptions.defaults()), GenerationOptions.class))
                .isEqualTo(GenerationOptions.defaults());
        assertThat(Wire.read(Wire.toBytes(rendering), RenderOptions.class)).isEqualTo(rendering);
        assertThat(Wire.read(Wire.toBytes(options), VlmOptions.class)).isEqualTo(options);
        VlmOptions forgetful = options.withProjector(
                options.projector().toBuilder().cache(EmbeddingCache.none()).build());
        assertThat(Wire.read(Wire.toBytes(forgetful), VlmOptions.class)).isEqualTo(forgetful);
    }

    @Test
    void failuresArriveAsTheyWere() {
        List<RuntimeException> failures = List.of(
                new Vlm4jException.NativeLoad("m", null),
                new Vlm4jException.InvalidFile("m"),
                new Vlm4jException.ModelLoad("m"),
                new Vlm4jException.InvalidMedia("m"),
                new Vlm4jException.InvalidTemplate("m"),
                new Vlm4jException.InvalidAnswer("m", "so far", null),
                new Vlm4jException.InvalidGrammar("m"),
                new Vlm4jException.ContextFull("m"),
                new Vlm4jException.Overloaded("m"),
                new Vlm4jException.DeadlineExceeded("m"),
                new Vlm4jException.Inference("m"),
                new Vlm4jException.NativeAbort("m", "n > 0", "a.cpp", 7, List.of("one", "two")),
                new Vlm4jException.Cancelled("m"),
                new IllegalArgumentException("m"),
                new IllegalStateException("m"),
                new UncheckedIOException("m", new IOException("x")));
        for (RuntimeException failure : failures) {
            RuntimeException arrived = Wire.read(Wire.toBytes(WireFailure.of(failure)), WireFailure.class)
                    .exception();
            assertThat(arrived).isExactlyInstanceOf(failure.getClass());
            if (failure instanceof Vlm4jException) {
                assertThat(arrived)
                        .usingRecursiveComparison()
                        .ignoringFields("stackTrace", "cause", "suppressedExceptions")
                        .isEqualTo(failure);
            }
            assertThat(arrived.getMessage()).endsWith("m");
        }
        assertThat(WireFailure.of(new StackOverflowError()).exception())
                .isInstanceOf(Vlm4jException.Inference.class)
                .hasMessageContaining("StackOverflowError");
    }

    @Test
    void toolsAndGatesAreAskedInTheApplication() throws InterruptedException {
        Tool add = new Tool(new ToolDefinition("add", "Adds.", "{}"), json -> "sum of " + json);
        Tool fail = new Tool(new ToolDefinition("fail", "Fails.", "{}"), json -> {
            throw new IOException("no network");
        });
        ChatOptions options = ChatOptions.builder()
                .tools(List.of(add, fail))
                .gate(call -> call.name().equals("add"))
                .build();
        AtomicReference<WorkerCall> call = new AtomicReference<>();
        call.set(new WorkerCall(new Frame(FrameKind.TURN, new byte[0]), question -> {
            Requests.Question asked = Wire.read(question.body(), Requests.Question.class);
            Requests.Answer answer = new RemoteTools(options).answer(asked);
            call.get().answer(Wire.read(Wire.toBytes(answer), Requests.Answer.class));
        }));

        assertThat(call.get().ask(new Requests.Question(false, new ToolCall("", "add", "[1,2]"))))
                .isEqualTo(new Requests.Answer(true, false, "sum of [1,2]"));
        assertThat(call.get().ask(new Requests.Question(false, new ToolCall("", "fail", "{}"))))
                .isEqualTo(new Requests.Answer(true, true, "no network"));
        assertThat(call.get()
                        .ask(new Requests.Question(true, new ToolCall("", "fail", "{}")))
                        .permitted())
                .isFalse();
        call.get().cancel();
        call.get().cancel();
        assertThat(call.get()
                        .ask(new Requests.Question(false, new ToolCall("", "add", "1")))
                        .failed())
                .isTrue();
    }
}
