package io.vlm4j.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.llama.LlamaBatch;
import io.vlm4j.natives.llama.LlamaContexts;
import io.vlm4j.natives.llama.LlamaModels;
import io.vlm4j.natives.llama.LlamaSamplers;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.testkit.TestModels;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/// What the guards of native/guard.hpp cost a token: choosing and evaluating it through `vlm4j_sample` and
/// `vlm4j_decode`, against `llama_sampler_sample` and `llama_decode` themselves.
///
/// Budget: 1.005 of the CPU time. One thread, and its CPU time. Tokens of one text take turns, so that both kinds meet
/// the same positions and the same moments of the machine; every round the other kind begins. `ratio` is the median
/// of the ratios of neighbouring tokens. Prints one line of JSON. Run with `java -cp ... io.vlm4j.bench.GuardBenchmark
/// [ROUNDS] [TOKENS] [MODEL]`.
public final class GuardBenchmark {
    /// llama.h: struct llama_batch, which llama_decode takes by value.
    private static final GroupLayout BATCH = MemoryLayout.structLayout(
            JAVA_INT, MemoryLayout.paddingLayout(4), ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);

    private static final int PROMPT = 16;
    private static final int WARM_UP = 5;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final MemorySegment context;
    private final MemorySegment chain;
    private final LlamaBatch batch;

    private GuardBenchmark(MemorySegment context, MemorySegment chain, LlamaBatch batch) {
        this.context = context;
        this.chain = chain;
        this.batch = batch;
    }

    /// Constants, which the compiler inlines as it does those of the bindings; loaded after the libraries.
    private static final class Unguarded {
        static final MethodHandle DECODE = handle("llama_decode", FunctionDescriptor.of(JAVA_INT, ADDRESS, BATCH));
        static final MethodHandle SAMPLE =
                handle("llama_sampler_sample", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(SymbolLookup.loaderLookup().findOrThrow(name), type);
    }

    public static void main(String[] args) {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 60;
        int tokens = args.length > 1 ? Integer.parseInt(args[1]) : 256;
        Path file = args.length > 2 ? Path.of(args[2]) : TestModels.bundled();
        NativeRuntime.load();
        try (Arena arena = Arena.ofConfined();
                NativeHandle model =
                        LlamaModels.load(file, new LlamaModels.Parameters(0, true, false, false, false), _ -> true);
                NativeHandle context = LlamaContexts.create(
                        "guards",
                        model.segment(),
                        new LlamaContexts.Parameters(
                                PROMPT + tokens,
                                PROMPT,
                                PROMPT,
                                1,
                                false,
                                1,
                                1,
                                LlamaContexts.FlashAttention.AUTO,
                                LlamaContexts.CacheType.F16,
                                LlamaContexts.Pooling.NONE),
                        arena.allocate(1));
                NativeHandle chain = LlamaSamplers.createChain()) {
            LlamaSamplers.addGreedy(chain.segment());
            new GuardBenchmark(context.segment(), chain.segment(), new LlamaBatch(PROMPT, arena))
                    .measure(file, rounds, tokens);
        }
    }

    @SuppressWarnings("SystemOut")
    private void measure(Path file, int rounds, int tokens) {
        double[] ratios = new double[rounds]; // the median of each round
        double[] pairs = new double[rounds * (tokens / 2)];
        long[][] nanos = new long[2][pairs.length];
        for (int round = -WARM_UP; round < rounds; round++) {
            long[][] one = round(Math.floorMod(round, 2), tokens);
            double[] ratio = new double[tokens / 2];
            Arrays.setAll(ratio, i -> (double) one[1][i] / one[0][i]);
            if (round >= 0) {
                int at = round * ratio.length;
                System.arraycopy(ratio, 0, pairs, at, ratio.length);
                System.arraycopy(one[0], 0, nanos[0], at, ratio.length);
                System.arraycopy(one[1], 0, nanos[1], at, ratio.length);
                ratios[round] = quantile(ratio, 2);
            }
        }
        System.out.println(String.format(
                Locale.ROOT,
                "{\"model\": \"%s\", \"rounds\": %d, \"tokens\": %d, \"unguarded_ns\": %.0f, \"guarded_ns\": %.0f, "
                        + "\"ratio\": %.4f, \"quartiles_of_rounds\": [%.4f, %.4f]}",
                file.getFileName(),
                rounds,
                tokens,
                quantile(Arrays.stream(nanos[0]).asDoubleStream().toArray(), 2),
                quantile(Arrays.stream(nanos[1]).asDoubleStream().toArray(), 2),
                quantile(pairs, 2),
                quantile(ratios, 1),
                quantile(ratios, 3)));
    }

    /// The CPU time of each token: those without guards, those with.
    private long[][] round(int first, int tokens) {
        LlamaContexts.clear(context);
        LlamaSamplers.reset(chain);
        batch.clear();
        for (int i = 0; i < PROMPT; i++) {
            batch.add(10 + i, i, 0, i == PROMPT - 1);
        }
        check(LlamaContexts.decode(context, batch.segment()));
        long[][] nanos = new long[2][tokens / 2];
        for (int i = 0; i < tokens / 2 * 2; i++) {
            int kind = (first + i) % 2;
            long start = threads.getCurrentThreadCpuTime();
            if (kind == 1) {
                guarded(PROMPT + i);
            } else {
                unguarded(PROMPT + i);
            }
            nanos[kind][i / 2] = threads.getCurrentThreadCpuTime() - start;
        }
        return nanos;
    }

    private void guarded(int position) {
        fill(LlamaSamplers.sample(chain, context, -1), position);
        check(LlamaContexts.decode(context, batch.segment()));
    }

    private void unguarded(int position) {
        try {
            fill((int) Unguarded.SAMPLE.invokeExact(chain, context, -1), position);
            check((int) Unguarded.DECODE.invokeExact(context, batch.segment()));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private void fill(int token, int position) {
        batch.clear();
        batch.add(token, position, 0, true);
    }

    private static void check(int code) {
        if (code != 0) {
            throw new AssertionError("decode gave " + code);
        }
    }

    /// @param quarter 1 to 3, the median being 2
    private static double quantile(double[] values, int quarter) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length * quarter / 4];
    }
}
