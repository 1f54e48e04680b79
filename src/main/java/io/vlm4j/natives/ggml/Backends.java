package io.vlm4j.natives.ggml;

import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeText;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The compute backends of ggml and the devices that they offer.
public final class Backends {
    private Backends() {}

    /// What a device says of itself; memory in bytes, 0 where the backend does not know.
    public record DeviceInfo(String name, String description, Kind kind, long freeMemory, long totalMemory) {}

    public enum Kind {
        CPU,
        GPU,
        INTEGRATED_GPU,
        ACCELERATOR
    }

    /// Loads the backends that are libraries of their own in `directory`: the best CPU variant for this
    /// machine, and CUDA when it is there and a driver is. Does nothing when the CPU backend is linked in.
    public static void loadFrom(Path directory) {
        if (GgmlH.ggml_backend_reg_count() > 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int code = ShimH.vlm4j_backends_load(arena.allocateFrom(directory.toString()));
            Shim.check(code, "cannot load the backends in " + directory);
        }
    }

    public static List<DeviceInfo> devices() {
        long count = GgmlH.ggml_backend_dev_count();
        List<DeviceInfo> devices = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment total = arena.allocate(ValueLayout.JAVA_LONG);
            for (long i = 0; i < count; i++) {
                MemorySegment device = GgmlH.ggml_backend_dev_get(i);
                Shim.check(
                        ShimH.vlm4j_device_memory(device, free, total), "cannot ask device " + i + " for its memory");
                devices.add(new DeviceInfo(
                        NativeText.of(GgmlH.ggml_backend_dev_name(device)),
                        NativeText.of(GgmlH.ggml_backend_dev_description(device))
                                .strip(),
                        kind(GgmlH.ggml_backend_dev_type(device)),
                        free.get(ValueLayout.JAVA_LONG, 0),
                        total.get(ValueLayout.JAVA_LONG, 0)));
            }
        }
        return List.copyOf(devices);
    }

    public static String version() {
        return NativeText.of(GgmlH.ggml_version());
    }

    private static Kind kind(int type) {
        if (type == GgmlH.GGML_BACKEND_DEVICE_TYPE_CPU()) {
            return Kind.CPU;
        }
        if (type == GgmlH.GGML_BACKEND_DEVICE_TYPE_GPU()) {
            return Kind.GPU;
        }
        if (type == GgmlH.GGML_BACKEND_DEVICE_TYPE_IGPU()) {
            return Kind.INTEGRATED_GPU;
        }
        return Kind.ACCELERATOR;
    }
}
