package io.vlm4j.lifetimes;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// A process that has ever less address space left: opens a model and asks it, within what it has and some more, and
/// says what came of it. A JVM whose own allocations fail ends by itself, so it does everything once before.
final class Starved {
    private static final long PAGE = 4096;
    private static final long KIBI = 1024;

    private static final long UNLIMITED = -1;
    private static final int ADDRESS_SPACE = 9; // RLIMIT_AS on Linux
    private static final MethodHandle SETRLIMIT = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("setrlimit"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private Starved() {}

    /// @param arguments model, projector, picture, number of steps, most KiB more than there is
    static void main(String... arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        Path mmproj = Path.of(arguments[1]);
        ImageInput picture = ImageInput.of(Path.of(arguments[2]));
        int steps = Integer.parseInt(arguments[3]);
        long least = Long.parseLong(arguments[5]);
        long most = Long.parseLong(arguments[4]);
        limit(0);
        String expected = ask(model, mmproj, picture);
        try {
            ask(model, model, picture);
        } catch (RuntimeException warm) {
            System.out.println("warm: " + warm.getClass().getSimpleName());
        }
        Map<String, Integer> outcomes = new TreeMap<>();
        for (int i = 0; i < steps; i++) {
            long more = least + (most - least) * i / (steps - 1);
            limit(addressSpace() + more * KIBI);
            String outcome;
            try {
                outcome = ask(model, mmproj, picture).equals(expected) ? "answered" : "another answer";
            } catch (RuntimeException | OutOfMemoryError e) {
                outcome = e.getClass().getSimpleName();
                System.out.println(more + " KiB: " + e);
            }
            limit(0);
            outcomes.merge(outcome, 1, Integer::sum);
            System.out.println(more + " KiB: " + outcome + ", then " + addressSpace() / KIBI);
        }
        System.out.println("after: " + ask(model, mmproj, picture).equals(expected));
        System.out.println("outcomes: " + outcomes);
    }

    private static String ask(Path model, Path mmproj, ImageInput picture) {
        VlmOptions options = VlmOptions.defaults()
                .withContext(ContextOptions.builder().contextLength(2048).build())
                .withThreads(2);
        GenerationOptions generation =
                Vlm.options().maxTokens(8).reuse(Reuse.NONE).build();
        try (Vlm vlm = Vlm.open(model, mmproj, options)) {
            return vlm.ask(picture, "What is shown in this image?", generation).text();
        }
    }

    private static long addressSpace() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[0]) * PAGE;
    }

    /// Sets the soft limit of the address space; 0 for none.
    private static void limit(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limits = arena.allocate(ValueLayout.JAVA_LONG, 2);
            limits.setAtIndex(ValueLayout.JAVA_LONG, 0, bytes == 0 ? UNLIMITED : bytes);
            limits.setAtIndex(ValueLayout.JAVA_LONG, 1, UNLIMITED);
            if ((int) SETRLIMIT.invokeExact(ADDRESS_SPACE, limits) != 0) {
                throw new AssertionError("setrlimit");
            }
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }
}
