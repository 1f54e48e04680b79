package io.vlm4j.natives.ggml;

import io.vlm4j.Vlm4jException;
import io.vlm4j.bindings.ggml.GgmlH;
import io.vlm4j.bindings.shim.ShimH;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ffi.NativeLog;
import io.vlm4j.natives.shim.Shim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// `ggml_context`, which holds descriptions of tensors and of a graph, and `ggml_backend_buffer`, which holds their
/// data. A description points into its context, and into the buffer that it was placed in: both must outlive its use.
public final class GraphMemory {
    private static final int NAME_LIMIT = 63; // bytes; GGML_MAX_NAME without the zero

    private GraphMemory() {}

    /// Room for the descriptions of this many tensors, and for a graph of so many nodes if that is not 0.
    public static NativeHandle descriptions(int tensors, int nodes) {
        MemorySegment context = ShimH.vlm4j_tensors_create(tensors, nodes);
        if (context.address() == 0) {
            throw Shim.failure(Vlm4jException.Inference::new, "cannot describe " + tensors + " tensors", Shim.NO_LOG);
        }
        return new NativeHandle("tensor descriptions", context, GgmlH::ggml_free);
    }

    /// Describes a tensor that has no data yet.
    ///
    /// @param name is cut where ggml's names end
    /// @param type a number of `ggml_type`
    /// @param ne   the dimensions in ggml's order, at most four
    public static GraphTensor tensor(MemorySegment descriptions, String name, int type, long... ne) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment tensor = ShimH.vlm4j_tensor_create(
                    descriptions,
                    arena.allocateFrom(name.length() > NAME_LIMIT ? name.substring(0, NAME_LIMIT) : name),
                    type,
                    dimension(ne, 0),
                    dimension(ne, 1),
                    dimension(ne, 2),
                    dimension(ne, 3));
            return GraphOps.checked(tensor, "tensor " + name);
        }
    }

    private static long dimension(long[] ne, int axis) {
        return axis < ne.length ? ne[axis] : 1;
    }

    /// Makes memory of ours a buffer of weights for the CPU. It stays ours, must outlive the buffer, and need not
    /// be writable.
    ///
    /// @param first the part of the memory that begins first, at a multiple of 32 bytes
    /// @param last  the part of it that ends last
    public static NativeHandle map(MemorySegment first, MemorySegment last) {
        long bytes = last.address() + last.byteSize() - first.address();
        return buffer(ShimH.vlm4j_buffer_of_memory(first, bytes), bytes, Shim.NO_LOG);
    }

    /// Says where in a mapped buffer the data of a tensor are.
    public static void place(MemorySegment buffer, GraphTensor tensor, MemorySegment data) {
        if (ShimH.vlm4j_tensor_place(buffer, tensor.segment(), data) != 0) {
            throw Shim.failure(
                    Vlm4jException.Inference::new, "cannot place tensor " + tensor.name(), Shim.NO_LOG, buffer);
        }
    }

    /// Memory for all tensors of a context that have none.
    ///
    /// @param type    of [#ofDevice] or [#ofMatrix]
    /// @param weights whether the data are weights; if not, they are zero
    /// @throws Vlm4jException.Inference when there is not enough memory
    public static NativeHandle allocate(MemorySegment descriptions, MemorySegment type, boolean weights) {
        long mark = NativeLog.mark();
        return buffer(ShimH.vlm4j_buffer_create(descriptions, type, weights), 0, mark);
    }

    /// Sets everything in a buffer to zero.
    public static void clear(MemorySegment buffer) {
        Shim.check(ShimH.vlm4j_buffer_clear(buffer), "cannot clear a buffer", buffer);
    }

    /// The type of a device's ordinary buffers.
    public static MemorySegment ofDevice(MemorySegment device) {
        return GgmlH.ggml_backend_dev_buffer_type(device);
    }

    /// The type of the buffers in which a device multiplies this matrix fastest.
    public static MemorySegment ofMatrix(MemorySegment device, GraphTensor matrix) {
        MemorySegment type = ShimH.vlm4j_matrix_buffer_type(device, matrix.segment());
        if (type.address() == 0) {
            throw Shim.failure(
                    Vlm4jException.Inference::new, "no memory is fit for tensor " + matrix.name(), Shim.NO_LOG);
        }
        return type;
    }

    private static NativeHandle buffer(MemorySegment buffer, long bytes, long mark) {
        if (buffer.address() == 0) {
            String what = bytes == 0 ? "cannot allocate tensors" : "cannot map " + bytes + " bytes of tensors";
            throw Shim.failure(Vlm4jException.Inference::new, what, mark);
        }
        return new NativeHandle("tensor buffer", buffer, GgmlH::ggml_backend_buffer_free);
    }
}
