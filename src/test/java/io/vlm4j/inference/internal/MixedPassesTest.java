package io.vlm4j.inference.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.Model;
import io.vlm4j.testkit.TestModels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A pass with a part of a prompt and next tokens of other sequences says of each what it would say alone: patches 0017
/// and 0018 compute their rows otherwise than llama.cpp does. Single rows are computed as ever. A prompt's are compared
/// with llama.cpp's attention without its fused kernel, in single precision, token by token.
@Tag("native")
@Tag("model")
class MixedPassesTest {
    private static final int SEQUENCES = 4;
    private static final int BEFORE = 40; // tokens that each sequence holds, their cells in turns
    private static final int ROUNDS = 4; // threads that disturb each other do not always do it
    private static final double SAME = 1e-4; // of a logarithm
    private static final double CLOSE = 0.2; // of one of 10 to 25; half precision alone takes 0.1

    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /// @param flashAttention llama.cpp's makes keys and values half precision, whatever the cache is
    private static SharedContext create(int threads, FlashAttention flashAttention) {
        ContextOptions options = ContextOptions.builder()
                .contextLength(768)
                .threads(threads)
                .batchThreads(threads)
                .cacheType(CacheType.F32)
                .flashAttention(flashAttention)
                .build();
        return SharedContext.create(model, options, SEQUENCES);
    }

    private static int token(int sequence, int index) {
        return 300 + (31 * sequence + 7 * index) % 150;
    }

    private static void add(SharedContext context, int sequence, int index, boolean output) {
        context.add(sequence, token(sequence, index), output);
    }

    private static List<Float> says(SharedContext context, int row) {
        List<Float> said = new ArrayList<>();
        int[] ids = new int[1];
        float[] values = new float[1];
        for (int token = 260; token < 500; token += 10) {
            context.logProbabilities(row, token, ids, values);
            said.add(values[0]);
        }
        return said;
    }

    private static List<Float> alone(int sequence, int tokens, FlashAttention flashAttention) {
        try (SharedContext context = create(1, flashAttention)) {
            for (int i = 0; i < tokens; i++) {
                context.begin();
                add(context, sequence, i, true);
                context.evaluate();
            }
            return says(context, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 2", "7, 1", "8, 1", "13, 2", "45, 1", "45, 2", "45, 3", "64, 2", "100, 3"})
    void eachSequenceIsAsIfItWereAlone(int prompt, int threads) {
        List<List<Float>> expected = new ArrayList<>();
        expected.add(prompt == 0 ? List.of() : alone(0, BEFORE + prompt, FlashAttention.OFF));
        for (int sequence = 1; sequence < SEQUENCES; sequence++) {
            expected.add(alone(sequence, BEFORE + 1, FlashAttention.ON));
        }
        for (int round = 0; round < (threads == 1 ? 1 : ROUNDS); round++) {
            try (SharedContext context = create(threads, FlashAttention.ON)) {
                for (int i = 0; i < BEFORE; i++) {
                    context.begin();
                    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                        add(context, sequence, i, false);
                    }
                    context.evaluate();
                }
                context.begin();
                List<Integer> rows = new ArrayList<>();
                rows.add(-1);
                for (int sequence = 1; sequence < SEQUENCES; sequence++) {
                    rows.add(context.add(sequence, token(sequence, BEFORE), true));
                }
                for (int i = 0; i < prompt; i++) {
                    rows.set(0, context.add(0, token(0, BEFORE + i), i == prompt - 1));
                }
                context.evaluate();

                for (int sequence = prompt == 0 ? 1 : 0; sequence < SEQUENCES; sequence++) {
                    List<Float> said = says(context, rows.get(sequence));
                    for (int i = 0; i < said.size(); i++) {
                        assertThat(said.get(i).doubleValue())
                                .isCloseTo(expected.get(sequence).get(i), within(sequence == 0 ? CLOSE : SAME));
                    }
                }
            }
        }
    }
}
