package io.vlm4j.inference.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.CacheType;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.model.Model;
import io.vlm4j.sampling.Sampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A sequence whose cells lie among those of others is copied and put back as it was: patches 0015 and 0016 copy
/// otherwise than llama.cpp does. Without flash attention V is transposed.
@Tag("native")
@Tag("model")
class ScatteredStateTest {
    private static final int TOKENS = 40;
    private static final int SLAB = 16 << 20; // native/slabs.cpp

    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(TestModels.bundled());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static SharedContext create(FlashAttention flashAttention) {
        ContextOptions exact = ContextOptions.builder()
                .contextLength(512)
                .cacheType(CacheType.F32)
                .flashAttention(flashAttention)
                .build();
        return SharedContext.create(model, exact, 4);
    }

    /// Evaluates tokens of their own in each of these sequences, one by one in turns.
    private static void fill(SharedContext context, int tokens, int... sequences) {
        for (int i = 0; i < tokens; i++) {
            context.begin();
            for (int sequence : sequences) {
                context.add(sequence, 300 + 7 * sequence + i, true);
            }
            context.evaluate();
        }
    }

    private static byte[] bytes(SharedContext context, int sequence) {
        try (ContextSnapshotImpl copy = context.takeOut(sequence, context.sizeInBytes(sequence), Adapters.none())) {
            assertThat(context.putBack(copy, sequence)).isTrue();
            return copy.state().toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static List<Integer> goOn(SharedContext context, int sequence) {
        try (Sampler greedy =
                Sampler.create(model, SamplingOptions.builder().temperature(0).build())) {
            int[] token = {999};
            return IntStream.range(0, 16)
                    .map(_ -> {
                        context.begin();
                        int row = context.add(sequence, token[0], true);
                        context.evaluate();
                        token[0] = context.sample(greedy, row);
                        return token[0];
                    })
                    .boxed()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OFF", "ON"})
    void aSequenceAmongOthersIsCopiedAndPutBackAsItWas(FlashAttention flashAttention) {
        try (SharedContext alone = create(flashAttention);
                SharedContext shared = create(flashAttention)) {
            fill(alone, TOKENS, 1);
            byte[] compact = bytes(alone, 1); // one range of cells: as llama.cpp does it
            List<Integer> expected = goOn(alone, 1);

            fill(shared, TOKENS, 0, 2, 3);
            shared.empty(2); // leaves every third cell free
            assertThat(shared.freeCells()).isEqualTo(512 - 2 * TOKENS);
            try (SharedContext other = create(flashAttention)) {
                fill(other, TOKENS, 1);
                ContextSnapshotImpl moved = other.takeOut(1, other.sizeInBytes(1), Adapters.none());
                assertThat(shared.putBack(moved, 1)).isTrue();
                moved.close();
            }

            assertThat(bytes(shared, 1)).isEqualTo(compact);
            assertThat(goOn(shared, 1)).isEqualTo(expected);
        }
    }

    /// More than the shim keeps in one slab of memory, and freed in no order.
    @Test
    void copiesStayAsTheyAreWhileOthersComeAndGo() {
        try (SharedContext context = create(FlashAttention.OFF)) {
            fill(context, TOKENS, 0);
            byte[] expected = bytes(context, 0);
            List<ContextSnapshotImpl> copies = new ArrayList<>();
            Random random = new Random(1);
            long made = 0;
            while (made < 3L * SLAB) {
                ContextSnapshotImpl copy = context.takeOut(0, context.sizeInBytes(0), Adapters.none());
                made += copy.sizeInBytes();
                assertThat(context.putBack(copy, 0)).isTrue();
                copies.add(copy);
                if (random.nextInt(3) == 0) {
                    copies.remove(random.nextInt(copies.size())).close();
                }
            }
            for (ContextSnapshotImpl copy : copies) {
                assertThat(copy.state().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                copy.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OFF", "ON"})
    void itGoesOnAsIfItHadStayed(FlashAttention flashAttention) {
        try (SharedContext stayed = create(flashAttention);
                SharedContext moved = create(flashAttention)) {
            fill(stayed, TOKENS, 0, 1, 2);
            fill(moved, TOKENS, 0, 1, 2);
            byte[] first = bytes(moved, 1);
            byte[] second = bytes(moved, 1);

            assertThat(second).isEqualTo(first);
            assertThat(goOn(moved, 1)).isEqualTo(goOn(stayed, 1));
            assertThat(goOn(moved, 2)).isEqualTo(goOn(stayed, 2));
        }
    }
}
