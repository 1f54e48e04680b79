package io.vlm4j.bench;

import com.sun.management.OperatingSystemMXBean;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.LayerConsumer;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.model.Model;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What it costs to watch layers while tokens are evaluated one by one, as a ratio to a context that cannot be watched.
///
/// Process CPU time, one thread, by turns, medians. Prints one line of JSON. Run with
/// `java -cp ... io.vlm4j.bench.WatchBenchmark MODEL [ROUNDS] [TOKENS]`; see `RandomModels` for a model.
public final class WatchBenchmark {
    private static final int PROMPT = 256;
    private static final LayerConsumer NOTHING = new LayerConsumer() {};

    private WatchBenchmark() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) {
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 9;
        int tokens = args.length > 2 ? Integer.parseInt(args[2]) : 16;
        ContextOptions.Builder options = ContextOptions.builder()
                .contextLength(1024)
                .flashAttention(FlashAttention.OFF)
                .threads(1);
        try (Model model = Model.open(Path.of(args[0]));
                InferenceContext plain = InferenceContext.create(model, options.build());
                InferenceContext watchable =
                        InferenceContext.create(model, options.watchable(true).build())) {
            List<WatchedLayers> kinds = List.of(
                    WatchedLayers.none(),
                    WatchedLayers.none(),
                    WatchedLayers.attentions(NOTHING),
                    WatchedLayers.hiddenStates(NOTHING),
                    WatchedLayers.all(NOTHING));
            double[][] ratios = new double[kinds.size()][rounds];
            double[] alone = new double[rounds];
            for (int i = -1; i < rounds; i++) {
                double[] millis = new double[kinds.size()];
                for (int k = 0; k < kinds.size(); k++) {
                    int kind = Math.floorMod(k + i, kinds.size()); // each is first in its turn
                    millis[kind] = millis(kind == 0 ? plain : watchable, kinds.get(kind), tokens);
                }
                for (int kind = 0; i >= 0 && kind < kinds.size(); kind++) {
                    ratios[kind][i] = millis[kind] / millis[0];
                    alone[i] = millis[0];
                }
            }
            System.out.println(String.format(
                    Locale.ROOT,
                    "{\"parameters\": %d, \"token_ms\": %.1f, \"watchable\": %.3f, \"attentions\": %.3f, "
                            + "\"hidden_states\": %.3f, \"both\": %.3f}",
                    model.parameters(),
                    median(alone),
                    median(ratios[1]),
                    median(ratios[2]),
                    median(ratios[3]),
                    median(ratios[4])));
        }
    }

    private static double millis(InferenceContext context, WatchedLayers layers, int tokens) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int vocabulary = context.model().tokenizer().size();
        int[] ids = new Random(3).ints(PROMPT + tokens, 10, vocabulary).toArray();
        context.clear();
        context.watch(WatchedLayers.none());
        context.decode(Arrays.copyOf(ids, PROMPT));
        context.watch(layers);
        long start = system.getProcessCpuTime();
        for (int i = PROMPT; i < ids.length; i++) {
            context.decode(ids[i]);
        }
        return (system.getProcessCpuTime() - start) / 1e6 / tokens;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
