package io.vlm4j.natives.shim;

import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// CPU threads that a context keeps between calls. A pool serves one context at a time.
public final class ThreadPools {
    private ThreadPools() {}

    /// Threads for decoding single tokens and for batches; empty when the CPU backend has no pools, which costs
    /// speed only.
    public static Optional<NativeHandle> create(int threads, int batchThreads) {
        MemorySegment pool = ShimH.vlm4j_threads_create(threads, batchThreads);
        return pool.address() == 0
                ? Optional.empty()
                : Optional.of(new NativeHandle("thread pool", pool, ShimH::vlm4j_threads_free));
    }

    /// The pool must outlive the context.
    public static void attach(MemorySegment pool, MemorySegment context) {
        ShimH.vlm4j_threads_attach(pool, context);
    }

    /// Lets others go first where processors are short: lowers the calling thread's priority for good, and that of the
    /// threads that it starts from now on. (`Thread.setPriority` does nothing on Linux.)
    public static void yields() {
        ShimH.vlm4j_thread_yields();
    }
}
