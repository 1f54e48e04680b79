package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.shim.ThreadPools;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The devices that compute one user's graphs, one after the other: threads that are kept between graphs, and the
/// memory of intermediate results, which grows with the largest. One thread at a time, but any may interrupt.
public final class Compute implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment abortFlag;
    private final List<NativeHandle> parts = new ArrayList<>(); // closed from the last to the first
    private final List<MemorySegment> backends = new ArrayList<>();
    private final NativeHandle scheduler;

    /// @param device  preferred; the CPU does what it cannot
    /// @param threads of the CPU
    /// @param nodes   that a graph has at most
    public Compute(MemorySegment device, int threads, int nodes) {
        this(device, threads, nodes, MemorySegment.NULL);
    }

    /// @param givenFlag a byte that ends graphs when it is not 0, whoever sets it; outlives this. NULL for one of
    ///     its own
    Compute(MemorySegment device, int threads, int nodes, MemorySegment givenFlag) {
        abortFlag = givenFlag.address() == 0 ? arena.allocate(1) : givenFlag;
        try {
            Optional<NativeHandle> pool = ThreadPools.create(threads, threads);
            pool.ifPresent(parts::add);
            MemorySegment cpu = ComputeBackends.cpu();
            if (!device.equals(cpu)) {
                use(device, threads, Optional.empty());
            }
            use(cpu, threads, pool);
            scheduler = ComputeBackends.scheduler(backends, nodes);
            parts.add(scheduler);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    private void use(MemorySegment device, int threads, Optional<NativeHandle> pool) {
        NativeHandle backend = ComputeBackends.create(device, threads, abortFlag);
        parts.add(backend);
        backends.add(backend.segment());
        pool.ifPresent(threadPool -> ComputeBackends.attach(threadPool.segment(), backend.segment()));
    }

    /// Gives a graph its memory, in place of the one before.
    public void plan(MemorySegment graph) {
        ComputeBackends.plan(scheduler.segment(), graph);
    }

    /// Computes the graph that was planned last.
    ///
    /// @throws Vlm4jException.Cancelled when it was interrupted
    public void run(MemorySegment graph) {
        if (ComputeBackends.compute(scheduler.segment(), graph) == ComputeBackends.ABORTED) {
            throw new Vlm4jException.Cancelled("the evaluation was interrupted");
        }
    }

    /// Ends the graph that is being computed, and every later one until [#resume].
    public void interrupt() {
        abortFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    }

    public void resume() {
        abortFlag.set(ValueLayout.JAVA_BYTE, 0, (byte) 0);
    }

    /// The bytes that intermediate results take, on all devices.
    public long workspace() {
        long bytes = 0;
        for (MemorySegment backend : backends) {
            bytes += ComputeBackends.workspace(scheduler.segment(), backend);
        }
        return bytes;
    }

    @Override
    public void close() {
        for (NativeHandle part : parts.reversed()) {
            part.close();
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
