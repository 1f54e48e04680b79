package io.vlm4j.bench;

import com.sun.management.OperatingSystemMXBean;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.ForwardPass;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.model.Model;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What it costs to see the layers of a model of 100 million parameters, as a ratio to a forward pass that gives the
/// logits of all positions and nothing else.
///
/// Budget: hidden states of all layers 1.10. Process CPU time, one thread, by turns. Prints one line of JSON for each
/// kind of weights. Run with `java -cp ... io.vlm4j.bench.ForwardBenchmark [ROUNDS] [POSITIONS]
/// [MODEL]`.
public final class ForwardBenchmark {
    private static final int VOCABULARY = 16_000;
    private static final int WARM_UP = 2;
    private static final int PASSES = 2; // process CPU time comes in steps of 10 ms

    private ForwardBenchmark() {}

    public static void main(String[] args) throws IOException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 15;
        int positions = args.length > 1 ? Integer.parseInt(args[1]) : 256;
        if (args.length > 2) {
            measure(Path.of(args[2]), args[2], rounds, positions);
            return;
        }
        for (GgmlType type : List.of(GgmlType.Q4_0, GgmlType.F16)) {
            Path file = Files.createTempFile("vlm4j-benchmark", ".gguf");
            file.toFile().deleteOnExit(); // a run that is stopped leaves nothing either
            try {
                new RandomLlama(12, 768, 12, 4, 2048, VOCABULARY, 2048, type, 1).write(TestModels.bundled(), file);
                measure(file, type.name(), rounds, positions);
            } finally {
                Files.deleteIfExists(file);
            }
        }
    }

    @SuppressWarnings("SystemOut")
    private static void measure(Path file, String weights, int rounds, int positions) {
        Outputs[] kinds = {
            Outputs.of(Output.LOGITS),
            Outputs.of(Output.LOGITS, Output.HIDDEN_STATES),
            Outputs.of(Output.LOGITS, Output.HIDDEN_STATES).streaming(new LayerConsumer() {}),
            Outputs.of(Output.LOGITS, Output.ATTENTIONS),
            Outputs.of(Output.LOGITS, Output.ATTENTIONS).streaming(new LayerConsumer() {})
        };
        double[][] ratios = new double[kinds.length][rounds];
        double[] alone = new double[rounds];
        try (Model model = Model.open(file);
                ForwardPass pass =
                        ForwardPass.open(model, ForwardOptions.exact().withThreads(1))) {
            int vocabulary = model.tokenizer().size();
            ForwardInput input = ForwardInput.builder(vocabulary)
                    .inputIds(new Random(3).ints(positions, 10, vocabulary).toArray())
                    .build();
            for (int i = -WARM_UP; i < rounds; i++) {
                double[] millis = new double[kinds.length];
                for (int k = 0; k < kinds.length; k++) {
                    int kind = Math.floorMod(k + i, kinds.length); // each is first in its turn
                    millis[kind] = millis(pass, input, kinds[kind]);
                }
                if (i >= 0) {
                    alone[i] = millis[0];
                    for (int kind = 0; kind < kinds.length; kind++) {
                        ratios[kind][i] = millis[kind] / millis[0];
                    }
                }
            }
            System.out.println(String.format(
                    Locale.ROOT,
                    "{\"weights\": \"%s\", \"parameters\": %d, \"positions\": %d, \"logits_ms\": %.1f, "
                            + "\"hidden_states\": %.3f, \"hidden_states_streamed\": %.3f, \"attentions\": %.3f, "
                            + "\"attentions_streamed\": %.3f}",
                    weights,
                    model.parameters(),
                    positions,
                    median(alone),
                    median(ratios[1]),
                    median(ratios[2]),
                    median(ratios[3]),
                    median(ratios[4])));
        }
    }

    private static double millis(ForwardPass pass, ForwardInput input, Outputs what) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long start = system.getProcessCpuTime();
        for (int i = 0; i < PASSES; i++) {
            pass.forward(input, what).close();
        }
        return (system.getProcessCpuTime() - start) / 1e6 / PASSES;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
