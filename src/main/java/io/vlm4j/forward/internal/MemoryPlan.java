package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// What a forward pass will take, before anything is allocated. The operating system gives out memory before it is
/// there, and ends whoever then uses it.
final class MemoryPlan {
    private static final double GIBIBYTE = 1L << 30;

    private final SequencedMap<String, Double> bytes = new LinkedHashMap<>();
    private double outputs;
    private double work;

    /// What is given out.
    ///
    /// @param floats the factors of a number of floats
    MemoryPlan add(String what, double... floats) {
        outputs += put(what, floats);
        return this;
    }

    /// What the pass itself needs, and gives back.
    ///
    /// @param floats the factors of a number of floats
    MemoryPlan work(String what, double... floats) {
        work += put(what, floats);
        return this;
    }

    private double put(String what, double... floats) {
        double product = Float.BYTES;
        for (double factor : floats) {
            product *= factor;
        }
        bytes.merge(what, product, Double::sum);
        return product;
    }

    /// @param limit bytes; 0 for half of the machine's memory
    /// @param spill the folder in which outputs may lie instead
    /// @return in memory when it all has room there, else in a file
    /// @throws Vlm4jException.Inference with the numbers, when there is no room
    OutputMemory memory(long limit, Optional<Path> spill) {
        double allowed = limit > 0 ? limit : halfOfMemory();
        if (outputs + work <= allowed) {
            return OutputMemory.inMemory();
        }
        if (spill.isEmpty() || work > allowed) {
            throw new Vlm4jException.Inference("a forward pass would take " + gibibytes(outputs + work) + " (" + parts()
                    + "), more than the " + gibibytes(allowed) + " allowed; "
                    + (spill.isEmpty()
                            ? "stream the layers, ask for fewer positions, split the batch, raise memoryLimit, or let"
                                    + " the outputs lie in a file (spill)"
                            : "the outputs can lie in " + spill.get() + ", but the context cannot"));
        }
        double free = freeSpace(spill.get());
        if (outputs > free) {
            throw new Vlm4jException.Inference("the outputs of a forward pass would take " + gibibytes(outputs) + " ("
                    + parts() + "), and " + spill.get() + " has room for " + gibibytes(free));
        }
        return OutputMemory.inFile(spill.get());
    }

    private String parts() {
        return bytes.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .map(part -> part.getKey() + " " + gibibytes(part.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static double freeSpace(Path folder) {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep outputs in " + folder + ": " + e, e);
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
