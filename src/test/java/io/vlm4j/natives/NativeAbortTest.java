package io.vlm4j.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaAdapters;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.natives.llama.LlamaSamplers;
import io.vlm4j.natives.llama.LlamaVocabulary;
import io.vlm4j.natives.shim.Shim;
import io.vlm4j.natives.shim.ThreadPools;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Inputs at which llama.cpp fails an assertion, past the checks that keep them from it: exceptions, not the end.
@Tag("native")
@Tag("model")
class NativeAbortTest {
    private static final int TRAINED = 8;
    private static final int WIDTH = 64;

    @TempDir
    private static Path folder;

    private static Path positions;

    private List<Integer> before = List.of();

    @BeforeAll
    static void writeModels() {
        NativeRuntime.load();
        positions = folder.resolve("positions.gguf");
        writeGpt2(positions);
    }

    @BeforeEach
    void rememberWhatAHealthyModelSays() {
        before = continuation();
    }

    @Test
    void loadingAVocabularyWithATokenTwiceIsRefused() {
        Path path = folder.resolve("twice.gguf");
        try (GgufFile file = GgufFile.open(TestModels.bundled())) {
            List<String> tokens = new ArrayList<>(
                    file.value("tokenizer.ggml.tokens").orElseThrow().asStrings());
            tokens.set(300, tokens.get(301));
            GgufWriter.copyOf(file)
                    .put("tokenizer.ggml.tokens", GgufValue.strings(tokens))
                    .write(path);
        }

        Vlm4jException.NativeAbort abort = catchThrowableOfType(
                Vlm4jException.NativeAbort.class, () -> load(path).close());

        assertThat(abort).hasMessageContaining("cannot load " + path).hasMessageContaining(abort.assertion());
        assertThat(abort.assertion()).contains("id_to_token.size() == token_to_id.size()");
        assertThat(abort.file()).isEqualTo("llama.cpp/src/llama-vocab.cpp");
        assertThat(abort.line()).isPositive();
        assertThat(abort.log()).isNotEmpty();
        assertThat(continuation()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void aPositionPastTheTableFailsOnWhicheverThreadComputesIt(int threads) {
        try (Model model = Model.open(positions)) {
            InferenceContext context = InferenceContext.create(model, threads(threads));
            int[] tokens = IntStream.rangeClosed(1, TRAINED + 1).toArray(); // the last one's row is the last thread's

            Vlm4jException.NativeAbort abort =
                    catchThrowableOfType(Vlm4jException.NativeAbort.class, () -> context.decode(tokens));

            assertThat(abort.file()).isEqualTo("llama.cpp/ggml/src/ggml-cpu/ops.cpp");
            assertThat(abort.assertion()).contains("GGML_ASSERT");
            assertThatIllegalStateException()
                    .isThrownBy(() -> context.decode(1))
                    .withMessageContaining("damaged")
                    .withCause(abort);
            context.close();
            try (InferenceContext another = InferenceContext.create(model, threads(threads))) {
                another.decode(IntStream.rangeClosed(1, TRAINED).toArray());
                assertThat(another.logits().toFloatArray()).doesNotContain(Float.NaN);
            }
        }
        assertThat(continuation()).isEqualTo(before);
    }

    @Test
    void aPoolOfThreadsGoesOnServing() {
        try (Arena arena = Arena.ofShared();
                NativeHandle model = load(positions);
                NativeHandle pool = ThreadPools.create(3, 3).orElseThrow()) {
            for (int round = 0; round < 3; round++) {
                try (NativeHandle context = context(model, arena)) {
                    ThreadPools.attach(pool.segment(), context.segment());
                    MemorySegment pointer = context.segment();

                    assertThat(decode(pointer, TRAINED, arena)).isZero();
                    LlamaContexts.clear(pointer);
                    assertThat(decode(pointer, TRAINED + 1, arena)).isEqualTo(LlamaContexts.EXCEPTION);
                    assertThat(Shim.isAssertion()).isTrue();
                    assertThat(decode(pointer, TRAINED, arena)).isLessThanOrEqualTo(0); // whatever it says, it returns
                }
            }
        }
    }

    @Test
    void aSchedulerGoesOnWithAnotherContext() throws Exception {
        GenerationOptions lengthy = GenerationOptions.builder()
                .maxTokens(2 * TRAINED)
                .ignoreEnd(true)
                .build();
        GenerationOptions brief =
                GenerationOptions.builder().maxTokens(2).ignoreEnd(true).build();
        Prompt prompt = Prompt.builder().markup("a").build();
        try (Model model = Model.open(positions);
                Scheduler scheduler = Scheduler.start(
                        model,
                        null,
                        SchedulerOptions.builder()
                                .slots(1)
                                .context(ContextOptions.builder()
                                        .contextLength(256)
                                        .build())
                                .build())) {
            ScheduledGeneration failing = scheduler.submit(GenerationRequest.of(prompt, lengthy));
            ScheduledGeneration next = scheduler.submit(GenerationRequest.of(prompt, brief));

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> failing.future().get())
                    .withCauseInstanceOf(Vlm4jException.NativeAbort.class);
            assertThat(next.future().get().tokens()).hasSize(2);
            assertThat(scheduler.status().failed()).isEqualTo(1);
        }
        assertThat(continuation()).isEqualTo(before);
    }

    @Test
    void anAdapterOfAnOutputMatrixThatIsTheEmbeddingFailsWhileThePlanIsMade() {
        Path path = folder.resolve("tied-lora.gguf");
        try (GgufFile file = GgufFile.open(positions)) {
            int vocabulary =
                    (int) file.tensor("token_embd.weight").orElseThrow().shape().dim(0);
            GgufWriter writer = GgufWriter.create()
                    .put("general.architecture", "gpt2")
                    .put("general.type", "adapter")
                    .put("adapter.type", "lora")
                    .put("adapter.lora.alpha", GgufValue.of(1f));
            zeros(writer, "token_embd.weight.lora_a", vocabulary, 4);
            zeros(writer, "token_embd.weight.lora_b", WIDTH, 4);
            writer.write(path);
        }
        try (Arena arena = Arena.ofShared();
                NativeHandle model = load(positions);
                NativeHandle adapter = LlamaAdapters.load(path, model.segment());
                NativeHandle context = context(model, arena)) {
            MemorySegment pointer = context.segment();
            LlamaAdapters.set(pointer, List.of(adapter.segment()), new float[] {1});

            assertThat(decode(pointer, 2, arena)).isEqualTo(LlamaContexts.EXCEPTION);
            assertThatExceptionOfType(Vlm4jException.NativeAbort.class)
                    .isThrownBy(() -> {
                        throw Shim.failure(Vlm4jException.Inference::new, "test", Shim.NO_LOG, pointer);
                    })
                    .withMessageContaining("ggml_can_mul_mat");
            assertThatIllegalStateException().isThrownBy(context::segment);
        }
        assertThat(continuation()).isEqualTo(before);
    }

    @Test
    void aSamplerThatChoosesNothingIsDamagedAndTheModelIsNot() {
        try (Arena arena = Arena.ofShared();
                NativeHandle model = load(positions);
                NativeHandle context = context(model, arena);
                NativeHandle chain = LlamaSamplers.createChain()) {
            LlamaSamplers.addTopK(chain.segment(), 5);
            assertThat(decode(context.segment(), 2, arena)).isZero();
            MemorySegment pointer = chain.segment();

            assertThat(LlamaSamplers.sample(pointer, context.segment(), -1)).isEqualTo(LlamaSamplers.EXCEPTION);
            Vlm4jException failure = Shim.failure(Vlm4jException.Inference::new, "sampling", Shim.NO_LOG, pointer);

            assertThat(failure).isInstanceOf(Vlm4jException.NativeAbort.class).hasMessageContaining("selected");
            assertThatIllegalStateException().isThrownBy(chain::segment).withCause(failure);
            assertThat(LlamaVocabulary.tokenize(LlamaModels.vocabulary(model.segment()), "still", true, false))
                    .isNotEmpty();
        }
    }

    @Test
    void aSequenceThatDoesNotExistIsRefused() {
        try (Arena arena = Arena.ofShared();
                NativeHandle model = load(positions);
                NativeHandle context = context(model, arena)) {
            MemorySegment pointer = context.segment();

            assertThatExceptionOfType(Vlm4jException.NativeAbort.class)
                    .isThrownBy(() -> LlamaContexts.truncate(pointer, 1_000_000, 0))
                    .withMessageContaining("seq_id");
        }
    }

    @Test
    void theTextOfATokenThatDoesNotExistIsAnException() {
        try (NativeHandle model = load(positions)) {
            MemorySegment vocabulary = LlamaModels.vocabulary(model.segment());

            assertThatExceptionOfType(Vlm4jException.Inference.class)
                    .isThrownBy(() -> LlamaVocabulary.text(vocabulary, 1_000_000_000));
            assertThatExceptionOfType(Vlm4jException.Inference.class)
                    .isThrownBy(() -> LlamaVocabulary.isSpecial(vocabulary, -5));
        }
    }

    /// What the bundled model continues a text with: it must never change.
    private static List<Integer> continuation() {
        try (Model model = Model.open(TestModels.bundled());
                InferenceContext context = InferenceContext.create(model, threads(2))) {
            context.decode(model.tokenizer().encode("A small red"));
            List<Integer> tokens = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                float[] logits = context.logits().toFloatArray();
                int best = IntStream.range(0, logits.length)
                        .reduce((a, b) -> logits[a] >= logits[b] ? a : b)
                        .orElseThrow();
                tokens.add(best);
                context.decode(best);
            }
            return tokens;
        }
    }

    private static ContextOptions threads(int threads) {
        return ContextOptions.builder()
                .contextLength(64)
                .threads(threads)
                .batchThreads(threads)
                .build();
    }

    private static NativeHandle load(Path path) {
        return LlamaModels.load(path, new LlamaModels.Parameters(0, true, false, false, false), fraction -> true);
    }

    private static NativeHandle context(NativeHandle model, Arena arena) {
        return LlamaContexts.create(
                "test",
                model.segment(),
                new LlamaContexts.Parameters(
                        64,
                        64,
                        64,
                        1,
                        false,
                        3,
                        3,
                        LlamaContexts.FlashAttention.AUTO,
                        LlamaContexts.CacheType.F16,
                        LlamaContexts.Pooling.NONE),
                arena.allocate(1));
    }

    private static int decode(MemorySegment context, int tokens, Arena arena) {
        LlamaBatch batch = new LlamaBatch(tokens, arena);
        for (int i = 0; i < tokens; i++) {
            batch.add(i + 1, i, 0, true);
        }
        return LlamaContexts.decode(context, batch.segment());
    }

    /// A GPT-2 of one layer: its positions are a table, and llama.cpp does not check that they are in it.
    private static void writeGpt2(Path path) {
        try (GgufFile donor = GgufFile.open(TestModels.bundled())) {
            int tokens = donor.value("tokenizer.ggml.tokens")
                    .orElseThrow()
                    .asStrings()
                    .size();
            GgufWriter writer = GgufWriter.create()
                    .put("general.architecture", "gpt2")
                    .put("gpt2.block_count", GgufValue.u32(1))
                    .put("gpt2.context_length", GgufValue.u32(TRAINED))
                    .put("gpt2.embedding_length", GgufValue.u32(WIDTH))
                    .put("gpt2.feed_forward_length", GgufValue.u32(WIDTH))
                    .put("gpt2.attention.head_count", GgufValue.u32(2))
                    .put("gpt2.attention.layer_norm_epsilon", GgufValue.of(1e-5f));
            donor.metadata().forEach((key, value) -> {
                if (key.startsWith("tokenizer.")) {
                    writer.put(key, value);
                }
            });
            zeros(writer, "token_embd.weight", tokens, WIDTH);
            zeros(writer, "position_embd.weight", TRAINED, WIDTH);
            for (String norm : List.of("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")) {
                zeros(writer, norm + ".weight", WIDTH);
                zeros(writer, norm + ".bias", WIDTH);
            }
            linear(writer, "blk.0.attn_qkv", 3 * WIDTH);
            linear(writer, "blk.0.attn_output", WIDTH);
            linear(writer, "blk.0.ffn_up", WIDTH);
            linear(writer, "blk.0.ffn_down", WIDTH);
            writer.write(path);
        }
    }

    private static void linear(GgufWriter writer, String name, int outputs) {
        zeros(writer, name + ".weight", outputs, WIDTH);
        zeros(writer, name + ".bias", outputs);
    }

    private static void zeros(GgufWriter writer, String name, long... shape) {
        Shape size = Shape.of(shape);
        writer.tensor(name, GgmlType.F32, size, MemorySegment.ofArray(new float[(int) size.elementCount()]));
    }
}
