package io.vlm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.vlm4j.Vlm4jException;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Shape;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a LoRA file may say, and who may close what when.
@Tag("native")
@Tag("model")
class LoraAdapterTest {
    private static final RandomLora LORA = new RandomLora(4, 8, 0.1, 1);
    private static final String Q = "blk.0.attn_q.weight";

    @TempDir
    private Path folder;

    private Model model;

    @BeforeEach
    void open() {
        model = Model.open(TestModels.tinyLlava());
    }

    @AfterEach
    void close() {
        model.close();
    }

    private Path good() {
        return LORA.write(TestModels.tinyLlava(), folder.resolve("lora.gguf"));
    }

    private Path damaged(Consumer<GgufWriter> damage) {
        Path path = folder.resolve("damaged.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter writer = LORA.writer(file);
            damage.accept(writer);
            writer.write(path);
        }
        return path;
    }

    private InferenceContext context() {
        return InferenceContext.create(
                model, ContextOptions.builder().contextLength(256).threads(1).build());
    }

    private static void floats(GgufWriter writer, String name, GgmlType type, long... shape) {
        Shape of = Shape.of(shape);
        writer.tensor(name, type, of, MemorySegment.ofArray(new byte[Math.toIntExact(type.byteSize(of))]));
    }

    private void refusedAsDamaged(Path path, String... inMessage) {
        assertThatExceptionOfType(Vlm4jException.InvalidFile.class)
                .isThrownBy(() -> model.openAdapter(path))
                .withMessageContainingAll(withFile(path, inMessage));
    }

    private void refusedAsUnfit(Path path, String... inMessage) {
        assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                .isThrownBy(() -> model.openAdapter(path))
                .withMessageContainingAll(withFile(path, inMessage));
    }

    private static CharSequence[] withFile(Path path, String... inMessage) {
        String[] all = Arrays.copyOf(inMessage, inMessage.length + 1);
        all[inMessage.length] = String.valueOf(path.getFileName());
        return all;
    }

    @Test
    void anAdapterTellsWhatItIs() {
        Path path = damaged(writer -> {
            writer.put("adapter.lora.task_name", "captions").put("adapter.lora.prompt_prefix", "Caption:");
            floats(writer, "blk.0.attn_norm.weight", GgmlType.F32, 64);
        });
        try (LoraAdapter adapter = model.openAdapter(path)) {
            assertThat(adapter.model()).isSameAs(model);
            assertThat(adapter.path()).isEqualTo(path);
            assertThat(adapter.architecture()).isEqualTo("llama");
            assertThat(adapter.alpha()).isEqualTo(8);
            assertThat(adapter.rank()).isEqualTo(4);
            assertThat(adapter.matrices()).isEqualTo(21);
            assertThat(adapter.ignoredTensors()).containsExactly("blk.0.attn_norm.weight");
            assertThat(adapter.taskName()).contains("captions");
            assertThat(adapter.promptPrefix()).contains("Caption:");
            assertThat(adapter).hasToString("LoRA adapter 'damaged.gguf'");
        }
    }

    @Test
    void halfPrecisionAndQuantizedMatricesAreTaken() {
        Path path = damaged(writer -> {
            floats(writer, Q + ".lora_a", GgmlType.Q8_0, 4, 64);
            floats(writer, Q + ".lora_b", GgmlType.BF16, 64, 4);
            floats(writer, "blk.1.attn_q.weight.lora_b", GgmlType.F16, 64, 4);
        });
        try (LoraAdapter adapter = model.openAdapter(path);
                InferenceContext context = context()) {
            context.use(Adapters.of(adapter));
            assertThatCode(() -> context.decode(1)).doesNotThrowAnyException();
        }
    }

    @Test
    void aFileThatIsMissingOrNoGguf() throws IOException {
        refusedAsDamaged(Path.of("no/such/lora.gguf"));
        refusedAsDamaged(Files.writeString(folder.resolve("notes.gguf"), "these are only my notes"));
        byte[] whole = Files.readAllBytes(good());
        refusedAsDamaged(Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, whole.length / 2)));
    }

    @Test
    void aFileOfAnotherKind() {
        refusedAsUnfit(TestModels.tinyLlava(), "general.type", "no adapter");
        refusedAsUnfit(damaged(writer -> writer.put("adapter.type", "abacus")), "adapter.type", "abacus");
        refusedAsUnfit(
                damaged(writer -> writer.put("general.architecture", "qwen3")),
                "general.architecture",
                "qwen3",
                "llama");
        refusedAsUnfit(
                damaged(writer ->
                        writer.put("adapter.alora.invocation_tokens", GgufValue.integers(GgufType.U32, 1, 2))),
                "aLoRA");
        refusedAsDamaged(damaged(writer -> writer.put("general.type", GgufValue.u32(1))), "general.type");
    }

    @Test
    void anAlphaThatIsNoFiniteFloat() {
        refusedAsDamaged(damaged(writer -> writer.put("adapter.lora.alpha", GgufValue.of(Float.NaN))), "alpha", "NaN");
        refusedAsDamaged(
                damaged(writer -> writer.put("adapter.lora.alpha", GgufValue.of(Float.POSITIVE_INFINITY))), "Infinity");
        refusedAsDamaged(damaged(writer -> writer.put("adapter.lora.alpha", GgufValue.u32(8))), "alpha", "U32");
    }

    @Test
    void tensorsThatAreIncompleteOrUnknown() {
        refusedAsDamaged(damaged(writer -> writer.removeTensor(Q + ".lora_a")), Q + ".lora_a", "missing");
        refusedAsDamaged(damaged(writer -> writer.removeTensor(Q + ".lora_b")), Q + ".lora_b", "missing");
        refusedAsDamaged(damaged(writer -> floats(writer, "abacus", GgmlType.F32, 4)), "abacus");
        refusedAsUnfit(
                damaged(writer -> {
                    floats(writer, "blk.9.attn_q.weight.lora_a", GgmlType.F32, 4, 64);
                    floats(writer, "blk.9.attn_q.weight.lora_b", GgmlType.F32, 64, 4);
                }),
                "blk.9.attn_q.weight");
        Path empty = folder.resolve("empty.gguf");
        GgufWriter.create()
                .put("general.architecture", "llama")
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .write(empty);
        refusedAsDamaged(empty, "without tensors");
    }

    @Test
    void shapesThatDoNotFit() {
        refusedAsUnfit(damaged(writer -> floats(writer, Q + ".lora_a", GgmlType.F32, 4, 32)), Q, "[4, 32]");
        refusedAsUnfit(damaged(writer -> floats(writer, Q + ".lora_a", GgmlType.F32, 5, 64)), Q, "[5, 64]");
        refusedAsUnfit(damaged(writer -> floats(writer, Q + ".lora_b", GgmlType.F32, 32, 4)), Q, "[32, 4]");
        refusedAsUnfit(damaged(writer -> floats(writer, Q + ".lora_a", GgmlType.F32, 2, 4, 64)), Q, "[2, 4, 64]");
        refusedAsUnfit(new RandomLora(4, 8, 1, 1).write(TestModels.bundled(), folder.resolve("other.gguf")));
    }

    /// llama.cpp loads these and ends the process at the first token.
    @Test
    void whatLlamaCppCannotMultiply() {
        refusedAsDamaged(damaged(writer -> floats(writer, Q + ".lora_a", GgmlType.I32, 4, 64)), Q, "I32");
        refusedAsUnfit(
                damaged(writer -> {
                    floats(writer, "token_embd.weight.lora_a", GgmlType.F32, 330, 4);
                    floats(writer, "token_embd.weight.lora_b", GgmlType.F32, 64, 5);
                }),
                "token_embd.weight");
    }

    @Test
    void anEmbeddingThatIsTheOutputMatrixAsWell() {
        Path tied = folder.resolve("tied.gguf");
        try (GgufFile file = GgufFile.open(TestModels.tinyLlava())) {
            GgufWriter.copyOf(file).removeTensor("output.weight").write(tied);
        }
        Path lora = damaged(writer -> {
            floats(writer, "token_embd.weight.lora_a", GgmlType.F32, 330, 4);
            floats(writer, "token_embd.weight.lora_b", GgmlType.F32, 64, 4);
        });
        try (Model other = Model.open(tied)) {
            assertThatExceptionOfType(Vlm4jException.ModelLoad.class)
                    .isThrownBy(() -> other.openAdapter(lora))
                    .withMessageContaining("output matrix");
        }
        try (LoraAdapter adapter = model.openAdapter(lora);
                InferenceContext context = context()) {
            context.use(Adapters.of(adapter));
            assertThatCode(() -> context.decode(1)).doesNotThrowAnyException();
        }
    }

    @Test
    void scalesThatAreNotFiniteAndAdaptersListedTwice() {
        LoraAdapter adapter = model.openAdapter(good());
        for (float scale : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Adapters.none().with(adapter, scale))
                    .withMessageContaining(String.valueOf(scale));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Adapters.of(adapter, adapter))
                .withMessageContaining("twice");
    }

    @Test
    void anAdapterOfAnotherModel() {
        try (Model other = Model.open(TestModels.tinyLlava());
                InferenceContext context = context()) {
            LoraAdapter foreign = other.openAdapter(good());
            context.decode(1);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> context.use(Adapters.of(foreign)))
                    .withMessageContaining("lora.gguf");
            assertThat(context.tokens()).isEqualTo(1);
        }
    }

    @Test
    void aClosedAdapterIsRefused() {
        LoraAdapter adapter = model.openAdapter(good());
        adapter.close();
        adapter.close();
        try (InferenceContext context = context()) {
            context.decode(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> context.use(Adapters.of(adapter)))
                    .withMessageContaining("closed");
            assertThat(context.tokens()).isEqualTo(1);
        }
    }

    @Test
    void closingAnAdapterTakesItFromItsContexts() {
        LoraAdapter adapter = model.openAdapter(good());
        try (InferenceContext context = context()) {
            context.use(Adapters.of(adapter));
            context.decode(1);
            adapter.close();

            assertThat(context.tokens()).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> context.decode(1))
                    .withMessageContaining("lora.gguf")
                    .withMessageContaining("closed");
            assertThatIllegalStateException().isThrownBy(() -> context.use(Adapters.of(adapter)));
            context.use(Adapters.none());
            context.decode(1);
            assertThat(context.tokens()).isEqualTo(1);
        }
    }

    @Test
    void aContextMayBeClosedBeforeItsAdapterAndAfterIt() {
        LoraAdapter adapter = model.openAdapter(good());
        InferenceContext before = context();
        InferenceContext after = context();
        before.use(Adapters.of(adapter));
        after.use(Adapters.of(adapter));
        before.decode(1);
        after.decode(1);

        before.close();
        adapter.close();
        after.close();
        before.close();
    }

    @Test
    void theModelClosesContextsBeforeAdaptersInWhateverOrderTheyWereMade() {
        LoraAdapter older = model.openAdapter(good());
        InferenceContext context = context();
        LoraAdapter newer = model.openAdapter(good());
        context.use(Adapters.of(older, newer));
        context.decode(1);

        model.close();
        assertThatIllegalStateException().isThrownBy(() -> context.decode(1));
        assertThatIllegalStateException().isThrownBy(() -> model.openAdapter(good()));
        older.close();
        newer.close();
    }

    @Test
    void whileAContextIsAtWorkItsAdapterCannotBeClosed() {
        LoraAdapter adapter = model.openAdapter(good());
        LoraAdapter unused = model.openAdapter(good());
        try (InferenceContext idle = context();
                InferenceContext busy = context();
                TokenizedPrompt prompt =
                        TokenizedPrompt.of(Prompt.builder().text("abc").build(), model, null)) {
            idle.use(Adapters.of(adapter));
            busy.use(Adapters.of(adapter));
            idle.decode(1);
            busy.decode(prompt, null, new EvaluationListener() {
                @Override
                public void onEvaluated(int tokens, Duration time) {
                    assertThatIllegalStateException()
                            .isThrownBy(adapter::close)
                            .withMessageContaining("lora.gguf")
                            .withMessageContaining("context of model");
                    unused.close(); // nobody's business
                }
            });

            assertThat(idle.tokens()).as("nothing has changed").isEqualTo(1);
            idle.decode(1);
            adapter.close();
        }
    }

    @Test
    void adaptersComeAndGoWhileContextsAreMadeAndWork() throws Exception {
        Path path = good();
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
            while (!done.get()) {
                try (InferenceContext context = context();
                        LoraAdapter own = model.openAdapter(path)) {
                    context.use(Adapters.of(own));
                    context.decode(1);
                    context.use(Adapters.none());
                    context.decode(1);
                }
            }
        });
        for (int i = 0; i < 40; i++) {
            model.openAdapter(path).close();
        }
        done.set(true);
        assertThatCode(work::get).doesNotThrowAnyException();
    }
}
