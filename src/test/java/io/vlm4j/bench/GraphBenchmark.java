package io.vlm4j.bench;

import com.sun.management.OperatingSystemMXBean;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Decoder;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.InputRows;
import io.vlm4j.graph.WeightOptions;
import io.vlm4j.graph.WeightStorage;
import io.vlm4j.graph.Weights;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.Model;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/// How fast a LLaMA is as a graph of our own, as a ratio to `llama_decode`: prompts of 256 tokens, and single tokens
/// after them.
///
/// Budget: single tokens at least 0.9 of its speed. By turns, in wall and in process CPU time; prints one line of JSON
/// for each kind of storage. Run with `java -cp ... io.vlm4j.bench.GraphBenchmark MODEL [ROUNDS] [THREADS]`.
public final class GraphBenchmark {
    private static final int PROMPT = 256;
    private static final int STEPS = 32;
    private static final int CONTEXT = 1024;

    private GraphBenchmark() {}

    /// Wall and CPU milliseconds of a token.
    private record Cost(double prompt, double promptCpu, double step, double stepCpu) {}

    private interface Subject {
        void forget();

        void prompt(int[] tokens);

        void step(int token);
    }

    public static void main(String[] args) {
        Path file = Path.of(args[0]);
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 9;
        int threads = args.length > 2 ? Integer.parseInt(args[2]) : 1;
        for (WeightStorage storage : WeightStorage.values()) {
            measure(file, storage, rounds, threads);
        }
    }

    @SuppressWarnings("SystemOut")
    private static void measure(Path file, WeightStorage storage, int rounds, int threads) {
        ContextOptions options = ContextOptions.builder()
                .contextLength(CONTEXT)
                .threads(threads)
                .batchThreads(threads)
                .build();
        try (Model model = Model.open(file);
                InferenceContext context = InferenceContext.create(model, options);
                Weights weights = Weights.open(file, WeightOptions.defaults().withStorage(storage));
                Decoder decoder = weights.newDecoder(
                        Architecture.of(weights.file()),
                        DecoderOptions.ofThreads(threads).withContextLength(CONTEXT))) {
            Subject theirs = new Subject() {
                @Override
                public void forget() {
                    context.clear();
                }

                @Override
                public void prompt(int[] tokens) {
                    context.decode(tokens);
                }

                @Override
                public void step(int token) {
                    context.decode(token);
                    context.logits();
                }
            };
            Subject ours = new Subject() {
                @Override
                public void forget() {
                    decoder.truncate(0);
                }

                @Override
                public void prompt(int[] tokens) {
                    decoder.decode(InputRows.of(tokens));
                }

                @Override
                public void step(int token) {
                    decoder.decode(token);
                    decoder.logits();
                }
            };
            run(theirs);
            run(ours);
            double[][] ratios = new double[4][rounds];
            Cost[] costs = new Cost[rounds];
            for (int i = 0; i < rounds; i++) {
                Cost first = run(i % 2 == 0 ? theirs : ours);
                Cost second = run(i % 2 == 0 ? ours : theirs);
                Cost llama = i % 2 == 0 ? first : second;
                Cost graph = i % 2 == 0 ? second : first;
                ratios[0][i] = llama.prompt() / graph.prompt();
                ratios[1][i] = llama.promptCpu() / graph.promptCpu();
                ratios[2][i] = llama.step() / graph.step();
                ratios[3][i] = llama.stepCpu() / graph.stepCpu();
                costs[i] = graph;
            }
            System.out.println(String.format(
                    Locale.ROOT,
                    "{\"storage\": \"%s\", \"parameters\": %d, \"threads\": %d, \"step_ms\": %.2f, \"step_cpu_ms\": %.2f,"
                            + " \"speed_of_llama_decode\": {\"step\": %.3f, \"step_cpu\": %.3f, \"prompt\": %.3f,"
                            + " \"prompt_cpu\": %.3f}}",
                    storage,
                    model.parameters(),
                    threads,
                    median(Arrays.stream(costs).mapToDouble(Cost::step).toArray()),
                    median(Arrays.stream(costs).mapToDouble(Cost::stepCpu).toArray()),
                    median(ratios[2]),
                    median(ratios[3]),
                    median(ratios[0]),
                    median(ratios[1])));
        }
    }

    private static Cost run(Subject subject) {
        int[] prompt = new Random(3).ints(PROMPT, 10, 300).toArray();
        subject.forget();
        double wall = wall();
        double cpu = cpu();
        subject.prompt(prompt);
        double promptWall = wall() - wall;
        double promptCpu = cpu() - cpu;
        subject.step(10); // whatever is built for single tokens
        wall = wall();
        cpu = cpu();
        for (int i = 0; i < STEPS; i++) {
            subject.step(11 + i);
        }
        return new Cost(promptWall / PROMPT, promptCpu / PROMPT, (wall() - wall) / STEPS, (cpu() - cpu) / STEPS);
    }

    private static double wall() {
        return System.nanoTime() / 1e6;
    }

    private static double cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e6;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
