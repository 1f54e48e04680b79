package io.vlm4j.torture.target;

import io.vlm4j.model.Model;
import io.vlm4j.sampling.DryOptions;
import io.vlm4j.sampling.Grammar;
import io.vlm4j.sampling.Mirostat;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.sampling.SamplingOptionsBuilder;
import io.vlm4j.sampling.SamplingStage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/// Settings and tokens that are mostly right, and now and then as far off as their type allows.
final class RandomSettings {
    private static final int[] WILD = {
        -1, -2, 0, 1, 2, 31, 255, 65536, Integer.MAX_VALUE, Integer.MAX_VALUE - 1, Integer.MIN_VALUE
    };
    private static final float[] WILD_NUMBERS = {
        0,
        -0f,
        1,
        -1,
        0.5f,
        1e-38f,
        1e30f,
        -1e30f,
        Float.MIN_VALUE,
        Float.MAX_VALUE,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY
    };

    private RandomSettings() {}

    static int token(Model model, SplittableRandom random) {
        int size = model.tokenizer().size();
        return switch (random.nextInt(12)) {
            case 0 -> WILD[random.nextInt(WILD.length)];
            case 1 -> size;
            case 2 -> size - 1;
            default -> random.nextInt(size);
        };
    }

    /// Mostly right ones.
    static int[] tokens(Model model, int most, SplittableRandom random) {
        int[] tokens = new int[random.nextInt(most)];
        int size = model.tokenizer().size();
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(400) == 0 ? WILD[random.nextInt(WILD.length)] : random.nextInt(size);
        }
        return tokens;
    }

    /// @throws IllegalArgumentException for what no sampler takes
    static SamplingOptions sampling(Model model, SplittableRandom random) {
        SamplingOptionsBuilder builder = SamplingOptions.builder().seed(random.nextInt(1000));
        for (int changes = random.nextInt(6); changes > 0; changes--) {
            change(builder, model, random);
        }
        return builder.build();
    }

    private static void change(SamplingOptionsBuilder builder, Model model, SplittableRandom random) {
        switch (random.nextInt(16)) {
            case 0 -> builder.temperature(number(random));
            case 1 -> builder.topK(integer(random));
            case 2 -> builder.topP(number(random));
            case 3 -> builder.minP(number(random));
            case 4 -> builder.typicalP(number(random));
            case 5 -> builder.topNSigma(number(random));
            case 6 -> builder.minKeep(integer(random));
            case 7 -> builder.penaltyLastTokens(integer(random)).repeatPenalty(number(random));
            case 8 -> builder.frequencyPenalty(number(random)).presencePenalty(number(random));
            case 9 -> builder.dynamicTemperature(number(random), number(random));
            case 10 -> builder.xtc(number(random), number(random));
            case 11 ->
                builder.dry(new DryOptions(
                        number(random),
                        1 + number(random),
                        integer(random),
                        integer(random),
                        List.of("\n", "", "a".repeat(90))));
            case 12 -> builder.mirostat(new Mirostat(1 + random.nextInt(2), number(random), number(random)));
            case 13 -> builder.logitBias(Map.of(token(model, random), number(random)));
            case 14 -> builder.grammar(Grammar.of("root ::= [a-z]+ (\" \" [a-z]*)*"));
            default -> {
                List<SamplingStage> order = new ArrayList<>(List.of(SamplingStage.values()));
                Collections.shuffle(order, new Random(random.nextLong()));
                builder.order(order);
            }
        }
    }

    private static float number(SplittableRandom random) {
        return random.nextInt(4) == 0
                ? WILD_NUMBERS[random.nextInt(WILD_NUMBERS.length)]
                : (float) random.nextDouble(2);
    }

    private static int integer(SplittableRandom random) {
        return random.nextInt(4) == 0 ? WILD[random.nextInt(WILD.length)] : random.nextInt(50);
    }
}
