package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.runtime.Device;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.runtime.internal.MainMemory;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Compares what is wanted with what the machine has, or what a control group leaves of it. Where there is a GPU
/// nothing is said: it refuses by itself.
public final class MemoryCheck {
    /// Stands in a message for what the machine has.
    public static final String MACHINE = "%MACHINE%";

    private static final double GIBIBYTE = 1L << 30;

    private MemoryCheck() {}

    /// @param refusal   the message, with [#MACHINE] in it
    /// @throws ModelLoad when there are not so many bytes of main memory at all
    public static void require(double bytes, Supplier<String> refusal) {
        List<Device> devices = NativeRuntime.load().devices();
        long machine = devices.size() == 1 ? devices.getFirst().totalMemory() : 0;
        OptionalLong limit = MainMemory.ofThisProcess().limit();
        require(bytes, machine, limit, refusal);
    }

    /// As the other one, for a machine of this size; 0 when it is not known.
    static void require(double bytes, long machine, OptionalLong limit, Supplier<String> refusal) {
        boolean limited = limit.isPresent() && (machine == 0 || limit.getAsLong() < machine);
        long most = limited ? limit.getAsLong() : machine;
        if (most > 0 && bytes > most && machine > 0) {
            String has = String.format(
                    Locale.ROOT,
                    limited
                            ? ", and this process may have %.1f GiB (its control group's limit); "
                            : ", and this machine has %.1f GiB; ",
                    most / GIBIBYTE);
            throw new ModelLoad(refusal.get().replace(MACHINE, has));
        }
    }
}
