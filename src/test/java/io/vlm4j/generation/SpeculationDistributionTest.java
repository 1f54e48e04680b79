package io.vlm4j.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Answers that are drawn keep their distribution whatever is guessed; computed in F32, see [SpeculationTest].
@Tag("native")
@Tag("model")
class SpeculationDistributionTest {
    private static final String TEXT = "a b a b a";
    private static final int CHOICES = 3; // per token
    private static final int LENGTH = 3;
    private static final int DRAWS = 3000;

    /// The quantile 0.999 of the chi-square distribution with 3 * 3 * 3 - 1 degrees of freedom.
    private static final double BOUND = 54.05;

    private static final ContextOptions EXACT = ContextOptions.builder()
            .contextLength(256)
            .cacheType(CacheType.F32)
            .threads(1)
            .build();

    @TempDir
    Path folder;

    private Model model;
    private InferenceContext context;

    @BeforeEach
    void open() {
        model = Model.open(TestModels.tinyLlava());
        context = InferenceContext.create(model, EXACT);
    }

    @AfterEach
    void close() {
        model.close();
    }

    private static SamplingOptions drawing(long seed) {
        return SamplingOptions.builder()
                .temperature(TEMPERATURE)
                .topK(CHOICES)
                .seed(seed)
                .build();
    }

    private static final float TEMPERATURE = 0.8f;

    private GenerationOptions options(long seed, int tokens, Speculation speculation) {
        return GenerationOptions.builder()
                .maxTokens(tokens)
                .ignoreEnd(true)
                .sampling(drawing(seed))
                .speculation(speculation)
                .build();
    }

    /// The probability of each continuation, by evaluating all of them.
    private Map<List<Integer>, Double> exact() {
        Map<List<Integer>, Double> probabilities = Map.of(List.of(), 1.0);
        int[] prompt = model.tokenizer().encode(TEXT, true, false);
        for (int i = 0; i < LENGTH; i++) {
            Map<List<Integer>, Double> longer = new HashMap<>();
            probabilities.forEach((tokens, probability) -> {
                context.clear();
                context.decode(prompt);
                tokens.forEach(context::decode);
                float[] logits = context.logits().toFloatArray();
                List<Integer> best = IntStream.range(0, logits.length)
                        .boxed()
                        .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                        .limit(CHOICES)
                        .toList();
                double sum = best.stream()
                        .mapToDouble(token -> Math.exp(logits[token] / TEMPERATURE))
                        .sum();
                for (int token : best) {
                    List<Integer> next = new ArrayList<>(tokens);
                    next.add(token);
                    longer.put(next, probability * Math.exp(logits[token] / TEMPERATURE) / sum);
                }
            });
            probabilities = longer;
        }
        return probabilities;
    }

    private void drawsFit(Speculation speculation, double leastRight, double mostRight) {
        Map<List<Integer>, Double> expected = exact();
        Map<List<Integer>, Integer> counts = new HashMap<>();
        Generator generator = new Generator(context, null);
        Prompt prompt = Prompt.builder().text(TEXT).build();
        int drafted = 0;
        int accepted = 0;
        for (int seed = 1; seed <= DRAWS; seed++) {
            Generation generation = generator.generate(prompt, options(seed, LENGTH, speculation));
            counts.merge(generation.tokens(), 1, Integer::sum);
            drafted += generation.drafts().orElseThrow().drafted();
            accepted += generation.drafts().orElseThrow().accepted();
        }
        assertThat(expected.keySet()).hasSize(27).containsAll(counts.keySet());
        double chiSquare = 0;
        for (Map.Entry<List<Integer>, Double> entry : expected.entrySet()) {
            double mean = DRAWS * entry.getValue();
            assertThat(mean).as("enough for a chi-square test").isGreaterThan(5);
            double difference = counts.getOrDefault(entry.getKey(), 0) - mean;
            chiSquare += difference * difference / mean;
        }
        assertThat(chiSquare).isLessThan(BOUND);
        assertThat(new Drafts(drafted, accepted).acceptanceRate()).isBetween(leastRight, mostRight);
    }

    @Test
    void drawsWithLikelyGuesses() {
        try (InferenceContext itself = InferenceContext.create(model, EXACT)) {
            drawsFit(new Speculation.DraftModel(itself, 4, 0), 0.3, 0.9);
        }
    }

    @Test
    void drawsWithUnlikelyGuesses() {
        Path random = folder.resolve("random.gguf");
        new RandomLlama(1, 32, 2, 1, 64, 0, 512, GgmlType.F32, 9).write(TestModels.tinyLlava(), random);
        try (Model other = Model.open(random);
                InferenceContext wrong = InferenceContext.create(other, EXACT)) {
            drawsFit(new Speculation.DraftModel(wrong, 4, 0), 0, 0.2);
        }
    }

    @Test
    void theSameSeedDrawsTheSame() {
        Generator generator = new Generator(context, null);
        Prompt prompt = Prompt.builder().text(TEXT).build();
        try (InferenceContext itself = InferenceContext.create(model, EXACT)) {
            for (int seed = 1; seed <= 100; seed++) {
                List<Integer> expected = generator
                        .generate(prompt, options(seed, 30, Speculation.none()))
                        .tokens();
                for (Speculation speculation :
                        List.of(new Speculation.NgramLookup(1, 3, 6), new Speculation.DraftModel(itself, 5, 0.2f))) {
                    assertThat(generator
                                    .generate(prompt, options(seed, 30, speculation))
                                    .tokens())
                            .as("seed %d, %s", seed, speculation)
                            .isEqualTo(expected);
                }
            }
        }
    }
}
