package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// What a forward pass will take, before anything is allocated. The operating system gives out memory before it is
/// there, and ends whoever then uses it.
final class MemoryPlan {
    private static final double GIBIBYTE = 1L << 30;

    private final SequencedMap<String, Double> bytes = new LinkedHashMap<>();

    /// @param floats the factors of a number of floats
    MemoryPlan add(String what, double... floats) {
        double product = Float.BYTES;
        for (double factor : floats) {
            product *= factor;
        }
        bytes.merge(what, product, Double::sum);
        return this;
    }

    /// @param limit bytes; 0 for half of the machine's memory
    /// @throws Vlm4jException.Inference with the numbers, when it would be more
    void requireRoom(long limit) {
        double sum = bytes.values().stream().mapToDouble(Double::doubleValue).sum();
        double allowed = limit > 0 ? limit : halfOfMemory();
        if (sum > allowed) {
            String parts = bytes.entrySet().stream()
                    .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                    .map(part -> part.getKey() + " " + gibibytes(part.getValue()))
                    .collect(Collectors.joining(", "));
            throw new Vlm4jException.Inference("a forward pass would take " + gibibytes(sum) + " (" + parts
                    + "), more than the " + gibibytes(allowed)
                    + " allowed; stream the layers, ask for fewer positions, split the batch, or raise memoryLimit");
        }
    }

    private static double halfOfMemory() {
        return NativeRuntime.load().devices().stream()
                .filter(device -> device.kind() == Device.Kind.CPU && device.totalMemory() > 0)
                .mapToDouble(device -> device.totalMemory() / 2.0)
                .findFirst()
                .orElse(Double.POSITIVE_INFINITY);
    }

    private static String gibibytes(double bytes) {
        return String.format(Locale.ROOT, "%.3f GiB", bytes / GIBIBYTE);
    }
}
