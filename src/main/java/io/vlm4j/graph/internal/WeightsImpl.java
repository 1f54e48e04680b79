package io.vlm4j.graph.internal;

import io.vlm4j.Vlm4jException.Inference;
import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.graph.Architecture;
import io.vlm4j.graph.Decoder;
import io.vlm4j.graph.DecoderOptions;
import io.vlm4j.graph.WeightOptions;
import io.vlm4j.graph.WeightStorage;
import io.vlm4j.graph.Weights;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.ggml.Backends;
import io.vlm4j.natives.ggml.ComputeBackends;
import io.vlm4j.natives.ggml.GraphMemory;
import io.vlm4j.natives.ggml.GraphTensor;
import io.vlm4j.runtime.NativeRuntime;
import io.vlm4j.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The tensors of a mapped file, described to ggml and placed where they are, or copied to where a device wants them.
public final class WeightsImpl implements Weights, Leaves {
    private static final long ALIGNMENT = 32; // ggml's TENSOR_ALIGNMENT

    private final GgufFile file;
    private final MemorySegment device;
    private final NativeHandle handle; // descriptions of all tensors where they are in the file
    private final Map<String, GraphTensor> tensors = new HashMap<>();
    private long copied;

    private WeightsImpl(GgufFile file, MemorySegment device) {
        this.file = file;
        this.device = device;
        this.handle = GraphMemory.descriptions(file.tensors().size() + 1, 0);
    }

    public static WeightsImpl open(Path path, WeightOptions options) {
        NativeRuntime.load();
        MemorySegment device = device(options.device());
        GgufFile file = GgufFile.open(path);
        WeightsImpl weights = null;
        try {
            if (file.split().isPresent()) {
                throw new InvalidFile(path + " is a part of a model; graphs of our own take whole files only");
            }
            weights = new WeightsImpl(file, device);
            weights.place(options.storage());
            return weights;
        } catch (Throwable e) {
            if (weights == null) {
                file.close();
            } else {
                weights.close();
            }
            throw e;
        }
    }

    private static MemorySegment device(String name) {
        List<String> names =
                Backends.devices().stream().map(Backends.DeviceInfo::name).toList();
        if (!names.contains(name)) {
            throw new IllegalArgumentException("there is no device '" + name + "' among " + names);
        }
        return ComputeBackends.device(names.indexOf(name));
    }

    private void place(WeightStorage storage) {
        List<GgufTensor> mapped = new ArrayList<>();
        Map<MemorySegment, List<GgufTensor>> elsewhere = new LinkedHashMap<>();
        boolean onCpu = device.equals(ComputeBackends.cpu());
        MemorySegment ordinary = GraphMemory.ofDevice(device);
        for (GgufTensor tensor : file.tensors().values()) {
            GraphTensor described = describe(handle.segment(), tensor);
            MemorySegment wanted = storage == WeightStorage.FASTEST && isMatrix(tensor)
                    ? GraphMemory.ofMatrix(device, described)
                    : ordinary;
            boolean aligned = file.data(tensor).address() % ALIGNMENT == 0;
            if (onCpu && aligned && wanted.equals(ordinary)) {
                tensors.put(tensor.name(), described);
                mapped.add(tensor);
            } else {
                elsewhere.computeIfAbsent(wanted, type -> new ArrayList<>()).add(tensor);
            }
        }
        map(mapped);
        elsewhere.forEach(this::copy);
    }

    /// Whether a tensor is only ever multiplied with rows, and not looked up by row or reshaped.
    private static boolean isMatrix(GgufTensor tensor) {
        return tensor.shape().rank() == 2
                && (tensor.name().contains("blk.") || tensor.name().equals(TensorNames.HEAD));
    }

    private static GraphTensor describe(MemorySegment descriptions, GgufTensor tensor) {
        return GraphMemory.tensor(descriptions, tensor.name(), tensor.type().id(), dimensions(tensor.shape()));
    }

    private static long[] dimensions(Shape shape) {
        long[] ne = new long[shape.rank()];
        for (int i = 0; i < ne.length; i++) {
            ne[i] = shape.dim(ne.length - 1 - i);
        }
        return ne;
    }

    private void map(List<GgufTensor> those) {
        if (those.isEmpty()) {
            return;
        }
        Comparator<GgufTensor> byEnd = Comparator.comparingLong(tensor -> tensor.offset() + tensor.byteSize());
        MemorySegment first = file.data(
                those.stream().min(Comparator.comparingLong(GgufTensor::offset)).orElseThrow());
        MemorySegment last = file.data(those.stream().max(byEnd).orElseThrow());
        NativeHandle buffer = handle.newChild(() -> GraphMemory.map(first, last));
        for (GgufTensor tensor : those) {
            GraphMemory.place(buffer.segment(), leaf(tensor.name()), file.data(tensor));
        }
    }

    private void copy(MemorySegment type, List<GgufTensor> those) {
        NativeHandle descriptions = handle.newChild(() -> GraphMemory.descriptions(those.size(), 0));
        for (GgufTensor tensor : those) {
            tensors.put(tensor.name(), describe(descriptions.segment(), tensor));
        }
        long bytes = those.stream().mapToLong(GgufTensor::byteSize).sum();
        try {
            handle.newChild(() -> GraphMemory.allocate(descriptions.segment(), type, true));
        } catch (Inference noMemory) {
            throw new ModelLoad(file.path() + ": no memory for " + bytes + " bytes of weights", noMemory);
        }
        for (GgufTensor tensor : those) {
            leaf(tensor.name()).write(file.data(tensor), tensor.byteSize());
        }
        copied += bytes;
    }

    private GraphTensor leaf(String name) {
        return Objects.requireNonNull(tensors.get(name));
    }

    /// Lets go of the physical memory of a tensor that is not needed for long, as far as it is mapped; the file
    /// still has it.
    public void release(GgufTensor tensor) {
        MemorySegment data = file.data(tensor);
        if (data.isMapped()) {
            data.unload();
        }
    }

    /// The native owner; decoders and encoders are adopted by it.
    NativeHandle handle() {
        return handle;
    }

    /// The device that computes with the weights.
    public MemorySegment device() {
        return device;
    }

    @Override
    public GgufFile file() {
        return file;
    }

    @Override
    public long copiedBytes() {
        return copied;
    }

    @Override
    public GraphTensor weight(String name, long... dimensions) {
        GgufTensor tensor = file.tensor(name)
                .orElseThrow(() -> new InvalidFile(
                        file.path() + " has no tensor '" + name + "', which should be " + Arrays.toString(dimensions)));
        if (!tensor.shape().equals(Shape.of(dimensions))) {
            throw new InvalidFile(file.path() + ": tensor '" + name + "' is " + tensor.shape() + ", not "
                    + Arrays.toString(dimensions));
        }
        handle.segment(); // not closed
        return leaf(name);
    }

    @Override
    public boolean has(String name) {
        return file.tensor(name).isPresent();
    }

    @Override
    public Decoder newDecoder(Architecture architecture, DecoderOptions options) {
        return newDecoder(architecture, options, MemorySegment.NULL);
    }

    /// As the other one, interrupted by a byte of whoever uses it.
    ///
    /// @param interruptFlag ends evaluations as long as it is not 0; outlives the decoder
    public DecoderImpl newDecoder(Architecture architecture, DecoderOptions options, MemorySegment interruptFlag) {
        return handle.newChild(() -> DecoderImpl.create(this, architecture, options, interruptFlag));
    }

    @Override
    public ImageEncoderImpl newImageEncoder(int threads) {
        return handle.newChild(() -> ImageEncoderImpl.create(this, threads));
    }

    @Override
    public void close() {
        handle.close();
        file.close();
    }

    @Override
    public String toString() {
        return "weights of " + file.path();
    }
}
