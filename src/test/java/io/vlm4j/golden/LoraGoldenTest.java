package io.vlm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.EvaluationListener;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters of PEFT, before and after training by PyTorch, in a tiny LLaVA: the loss of its training example is what
/// transformers computed. PEFT's matrices become GGUF's by name; rows of B that make queries and keys lie in
/// llama.cpp's order there.
@Tag("native")
@Tag("model")
@Tag("reference")
class LoraGoldenTest {
    private static final String CASES = "golden/cases/train/llava-f32/";
    private static final Map<String, String> MODULES = Map.of(
            "self_attn.q_proj", "attn_q",
            "self_attn.k_proj", "attn_k",
            "self_attn.v_proj", "attn_v",
            "self_attn.o_proj", "attn_output",
            "mlp.gate_proj", "ffn_gate",
            "mlp.up_proj", "ffn_up",
            "mlp.down_proj", "ffn_down");
    private static final int LAYERS = 3;
    private static final int HEAD_SIZE = 16;

    @TempDir
    private static Path folder;

    private static Model model;
    private static Projector projector;
    private static Golden example;
    private static int[] answer;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.tinyLlava());
        projector = model.openProjector(TestModels.tinyLlavaProjector());
        example = Golden.open("llava/single");
        int prompt = example.ints("generate_input_ids").length;
        int[] all = example.ints("input_ids");
        answer = Arrays.copyOfRange(all, prompt, all.length);
    }

    @AfterAll
    static void close() {
        example.close();
        model.close();
    }

    private static Prompt prompt() {
        return Prompt.parse(
                example.description().get("prompt").asString(), ImageInput.of(Golden.resource("llava/sq56.png")));
    }

    private static LoraAdapter adapter(Path safetensors, String prefix) {
        Path path = folder.resolve(prefix + "gguf");
        try (Safetensors peft = Safetensors.open(safetensors)) {
            GgufWriter writer = GgufWriter.create()
                    .put("general.architecture", "llama")
                    .put("general.type", "adapter")
                    .put("adapter.type", "lora")
                    .put("adapter.lora.alpha", GgufValue.of(8f));
            for (int layer = 0; layer < LAYERS; layer++) {
                for (var module : MODULES.entrySet()) {
                    String from = prefix + "model.language_model.layers." + layer + "." + module.getKey();
                    String to = "blk." + layer + "." + module.getValue() + ".weight";
                    Tensor a = peft.tensor(from + ".lora_A.weight");
                    Tensor b = peft.tensor(from + ".lora_B.weight");
                    boolean rotated = module.getKey().endsWith("q_proj")
                            || module.getKey().endsWith("k_proj");
                    add(writer, to + ".lora_a", a.shape(), a.toFloatArray());
                    add(writer, to + ".lora_b", b.shape(), rotated ? interleaved(b) : b.toFloatArray());
                }
            }
            writer.write(path);
        }
        return model.openAdapter(path);
    }

    private static void add(GgufWriter writer, String name, Shape shape, float[] numbers) {
        writer.tensor(name, GgmlType.F32, shape, MemorySegment.ofArray(numbers));
    }

    /// The halves of each head, row by row in turn.
    private static float[] interleaved(Tensor rows) {
        float[] from = rows.toFloatArray();
        float[] to = new float[from.length];
        int width = Math.toIntExact(rows.shape().dim(1));
        int half = HEAD_SIZE / 2;
        for (int row = 0; row < from.length / width; row++) {
            int inHead = row % HEAD_SIZE;
            int moved = row - inHead + inHead % half * 2 + inHead / half;
            System.arraycopy(from, row * width, to, moved * width, width);
        }
        return to;
    }

    /// The mean of the negative log-likelihoods of the answer's tokens.
    private static double loss(Adapters adapters) {
        ContextOptions exact =
                ContextOptions.builder().cacheType(CacheType.F32).threads(1).build();
        try (InferenceContext context = InferenceContext.create(model, exact);
                TokenizedPrompt tokenized = TokenizedPrompt.of(prompt(), model, projector)) {
            context.use(adapters);
            context.decode(tokenized, projector, EvaluationListener.NONE);
            double sum = 0;
            for (int token : answer) {
                try (Tensor logits = context.logits()) {
                    sum -= logProbability(logits.toFloatArray(), token);
                }
                context.decode(token);
            }
            return sum / answer.length;
        }
    }

    private static double logProbability(float[] logits, int token) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - logits[token]);
        }
        return -Math.log(sum);
    }

    @Test
    void theLossWithAnUntrainedAdapterEqualsTransformers() {
        try (Golden golden = Golden.open(
                        TestModels.reference(CASES + "lora-tanh.json"),
                        TestModels.reference(CASES + "lora-tanh.safetensors"));
                LoraAdapter adapter = adapter(
                        TestModels.reference("golden/models/llava/lora-init/adapter_model.safetensors"),
                        "base_model.model.")) {
            assertThat(loss(Adapters.none())).isCloseTo(example.floats("loss_gelu_tanh")[0], within(2e-3));
            assertThat(loss(Adapters.of(adapter))).isCloseTo(golden.floats("curve")[0], within(2e-3));
        }
    }

    @Test
    void aTrainedAdapterSaysWhatItWasTrainedToSay() {
        Path trained = TestModels.reference(CASES + "lora-erf.safetensors");
        try (Golden golden = Golden.open(TestModels.reference(CASES + "lora-erf.json"), trained);
                LoraAdapter adapter = adapter(trained, "final.");
                InferenceContext context = InferenceContext.create(model)) {
            assertThat(loss(Adapters.of(adapter))).isCloseTo(golden.floats("curve")[50], within(1e-3));

            Generation generation = new Generator(context, projector)
                    .generate(
                            prompt(),
                            GenerationOptions.builder()
                                    .adapters(Adapters.of(adapter))
                                    .build());
            List<Integer> expected = Arrays.stream(answer).boxed().toList();
            assertThat(generation.tokens()).isEqualTo(expected);
        }
    }
}
