package io.vlm4j.natives.ggml;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// `ggml_backend`: a stream of work on a device, and `ggml_backend_sched`, which spreads a graph over several. One
/// thread at a time.
public final class ComputeBackends {
    /// ggml_status: the abort flag was set.
    public static final int ABORTED = 1;

    private static final int NAMES = 4096;

    private ComputeBackends() {}

    /// The `index`-th of [Backends#devices()], as a pointer that is valid for ever.
    public static MemorySegment device(int index) {
        return GgmlH.ggml_backend_dev_get(index);
    }

    /// The device that computes what no other can.
    public static MemorySegment cpu() {
        return GgmlH.ggml_backend_dev_by_type(GgmlH.GGML_BACKEND_DEVICE_TYPE_CPU());
    }

    /// @param abortFlag a byte that must outlive the backend; once it is not 0, a CPU gives up at the next node
    public static NativeHandle create(MemorySegment device, int threads, MemorySegment abortFlag) {
        long mark = NativeLog.mark();
        MemorySegment backend = ShimH.vlm4j_backend_create(device, threads, abortFlag);
        if (backend.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot use a compute device", mark);
        }
        return new NativeHandle("compute backend", backend, GgmlH::ggml_backend_free);
    }

    /// Gives a CPU backend a pool, which must outlive it; other backends need none.
    public static void attach(MemorySegment pool, MemorySegment backend) {
        ShimH.vlm4j_threads_attach_backend(pool, backend);
    }

    /// @param backends the preferred one first; the last must be a CPU. They must outlive the scheduler
    /// @param nodes    that a graph has at most
    public static NativeHandle scheduler(List<MemorySegment> backends, int nodes) {
        long mark = NativeLog.mark();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(ValueLayout.ADDRESS, backends.size());
            for (int i = 0; i < backends.size(); i++) {
                list.setAtIndex(ValueLayout.ADDRESS, i, backends.get(i));
            }
            MemorySegment scheduler = ShimH.vlm4j_sched_create(list, backends.size(), nodes);
            if (scheduler.address() == 0) {
                throw Shim.failure(Vlm4jException.Inference::new, "cannot make a scheduler", mark);
            }
            return new NativeHandle("graph scheduler", scheduler, GgmlH::ggml_backend_sched_free);
        }
    }

    /// Gives the nodes of a graph their memory, in place of those of the graph before.
    ///
    /// @throws Vlm4jException.Inference when there is not enough
    public static void plan(MemorySegment scheduler, MemorySegment graph) {
        long mark = NativeLog.mark();
        if (ShimH.vlm4j_sched_plan(scheduler, graph) != 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot place a graph", mark, scheduler);
        }
    }

    /// Computes the graph that was planned last.
    ///
    /// @return 0 or [#ABORTED]
    /// @throws Vlm4jException.Inference when a device failed
    public static int compute(MemorySegment scheduler, MemorySegment graph) {
        int status = ShimH.vlm4j_sched_compute(scheduler, graph);
        if (status != 0 && status != ABORTED) {
            throw Shim.failure(
                    Vlm4jException.Inference::new, "cannot compute a graph (" + status + ")", Shim.NO_LOG, scheduler);
        }
        return status;
    }

    /// Nodes of a graph that a device cannot compute, by their operations, such as `MUL_MAT (3), ROPE_BACK (12)`; empty
    /// when it can compute all.
    public static String unsupported(MemorySegment graph, MemorySegment device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(NAMES);
            long count = ShimH.vlm4j_graph_unsupported(graph, device, names, NAMES);
            if (count < 0) {
                throw Shim.failure(Vlm4jException.Inference::new, "cannot check a graph", Shim.NO_LOG);
            }
            return names.getString(0);
        }
    }

    /// The bytes that intermediate results take on a backend.
    public static long workspace(MemorySegment scheduler, MemorySegment backend) {
        return GgmlH.ggml_backend_sched_get_buffer_size(scheduler, backend);
    }
}
