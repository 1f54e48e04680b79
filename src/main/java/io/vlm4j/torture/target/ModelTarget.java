package io.vlm4j.torture.target;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/// Loads text models, tokenizes, renders their template, and generates a few tokens.
final class ModelTarget extends FileTarget {
    /// What the texts of a file may say instead.
    private static final List<String> NAMES = List.of(
            "llama",
            "qwen2",
            "qwen2vl",
            "qwen3",
            "gemma",
            "gemma2",
            "gemma3",
            "phi2",
            "phi3",
            "gpt2",
            "mamba",
            "rwkv6",
            "t5",
            "bert",
            "mistral3",
            "starcoder2",
            "deepseek2",
            "falcon",
            "clip",
            "llama4",
            "none",
            "spm",
            "bpe",
            "wpm",
            "ugm",
            "gpt-4o",
            "llama-bpe",
            "default",
            "{{ messages }}",
            "{% for m in messages %}{{ m }}",
            "linear",
            "yarn",
            "longrope",
            "adapter");

    private static final String TEXT = "Hello wörld </s><s> 日本\t\n  12345 \ud83d\ude00 <0x41>\u0000 {{";

    ModelTarget(SeedFiles seeds, Path folder) {
        super(List.of(seeds.tinyModel(), seeds.model()), NAMES, folder);
    }

    @Override
    public void use(Path input) {
        RandomGenerator random = randomOf(input);
        ModelOptions options = ModelOptions.builder()
                .memoryMap(random.nextBoolean())
                .checkTensors(random.nextInt(4) == 0)
                .build();
        try (Model model = Model.open(input, options)) {
            tokenize(model.tokenizer());
            render(model);
            generate(model, random);
        }
    }

    private static void tokenize(Tokenizer tokenizer) {
        int[] ids = tokenizer.encode(TEXT, true, true);
        tokenizer.decode(ids, false);
        tokenizer.encode(TEXT);
        tokenizer.specialTexts();
        for (int token = 0; token < Math.min(20, tokenizer.size()); token++) {
            tokenizer.piece(token);
            tokenizer.text(token);
            tokenizer.isEndOfGeneration(token);
        }
    }

    private static void render(Model model) {
        try (ChatTemplate template = ChatTemplate.of(model)) {
            template.render(List.of(ChatMessage.system("Be brief."), ChatMessage.user("What? </s>")));
        } catch (Vlm4jException.InvalidTemplate e) {
            // a template that is of no use leaves a model that is
        }
    }

    private static void generate(Model model, RandomGenerator random) {
        ContextOptions options = ContextOptions.builder()
                .contextLength(64)
                .batchSize(32)
                .microBatchSize(16)
                .threads(1 + random.nextInt(2))
                .build();
        try (InferenceContext context = InferenceContext.create(model, options);
                TimeLimit limit = new TimeLimit()) {
            GenerationOptions generation = GenerationOptions.builder()
                    .maxTokens(4)
                    .ignoreEnd(true)
                    .sampling(SamplingOptions.builder()
                            .temperature(random.nextInt(2))
                            .seed(1)
                            .build())
                    .build();
            new Generator(context, null)
                    .generate(
                            Prompt.builder().text("Hello, what is it?").build(),
                            generation,
                            GenerationListener.NONE,
                            limit.cancellation());
        }
    }

    @Override
    public void close() {}
}
