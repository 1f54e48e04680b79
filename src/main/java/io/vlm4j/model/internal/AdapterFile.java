package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.Vlm4jException.ModelLoad;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// What the file of a LoRA adapter says, checked against the model's tensors before native code sees it: some of what
/// is refused here would end the process there, be it while loading or at the first token.
///
/// Source: `llama_adapter_lora_init_impl` of llama-adapter.cpp; what the graph demands, `build_lora_mm` and its kind
/// in llama-graph.cpp.
record AdapterFile(
        Path path,
        String fingerprint,
        String architecture,
        float alpha,
        int rank,
        int matrices,
        List<String> ignoredTensors,
        Optional<String> taskName,
        Optional<String> promptPrefix) {
    private static final String ALPHA = "adapter.lora.alpha";
    private static final String INVOCATION = "adapter.alora.invocation_tokens";
    private static final String A = ".lora_a";
    private static final String B = ".lora_b";
    private static final String NORM = "_norm.weight";
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";

    /// @param architecture the model's
    /// @param weights      the model's tensors
    /// @throws InvalidFile when the file is missing, damaged or contradicts itself
    /// @throws ModelLoad when it is no LoRA adapter, of a kind that cannot be used, or made for another model
    static AdapterFile read(Path path, String architecture, Map<String, GgufTensor> weights) {
        try (GgufFile file = GgufFile.open(path)) {
            require(file, "general.type", "adapter", "it is no adapter");
            require(file, "adapter.type", "lora", "only LoRA adapters can be used");
            require(file, "general.architecture", architecture, "it was made for another model");
            if (file.value(INVOCATION).isPresent()) {
                throw new ModelLoad(path + " is an activated LoRA (aLoRA, " + INVOCATION
                        + "): it would have to begin in the middle of a prompt, which is not supported");
            }
            SortedSet<String> names = new TreeSet<>();
            List<String> ignored = new ArrayList<>();
            for (String tensor : file.tensors().keySet()) {
                if (tensor.endsWith(A) || tensor.endsWith(B)) {
                    names.add(tensor.substring(0, tensor.length() - A.length()));
                } else if (tensor.endsWith(NORM)) {
                    ignored.add(tensor);
                } else {
                    throw new InvalidFile(path + ": tensor '" + tensor + "' ends in neither " + A + " nor " + B);
                }
            }
            if (names.isEmpty()) {
                throw new InvalidFile(path + ": an adapter without tensors");
            }
            int rank = 0;
            for (String name : names) {
                rank = Math.max(rank, rank(file, name, weights));
            }
            return new AdapterFile(
                    path,
                    file.fingerprint(),
                    architecture,
                    alpha(file),
                    rank,
                    names.size(),
                    List.copyOf(ignored),
                    file.string("adapter.lora.task_name"),
                    file.string("adapter.lora.prompt_prefix"));
        }
    }

    private static void require(GgufFile file, String key, String wanted, String otherwise) {
        String found = file.string(key).orElse("");
        if (!found.equals(wanted)) {
            throw new ModelLoad(file.path() + " cannot be used: " + key + " is '" + found + "', not '" + wanted + "': "
                    + otherwise);
        }
    }

    private static float alpha(GgufFile file) {
        Optional<GgufValue> value = file.value(ALPHA);
        if (value.isEmpty()) {
            return 0;
        }
        if (!(value.get() instanceof GgufValue.Float32(float alpha)) || !Float.isFinite(alpha)) {
            throw new InvalidFile(file.path() + ": " + ALPHA + " is " + value.get() + " ("
                    + value.get().type() + "), not a finite F32");
        }
        return alpha;
    }

    /// Checks the pair of this name.
    private static int rank(GgufFile file, String name, Map<String, GgufTensor> weights) {
        GgufTensor a = half(file, name, A);
        GgufTensor b = half(file, name, B);
        GgufTensor weight = weights.get(name);
        if (weight == null) {
            throw new ModelLoad(
                    file.path() + ": the model has no tensor '" + name + "'; the adapter was made for another one");
        }
        if (weight.type() == GgmlType.NVFP4) {
            throw new ModelLoad(file.path() + ": tensor '" + name + "' of the model is NVFP4, which llama.cpp cannot "
                    + "compute with adapters");
        }
        if (name.equals(EMBEDDING) && !weights.containsKey(OUTPUT)) {
            throw new ModelLoad(file.path() + ": the model's '" + EMBEDDING + "' is its output matrix as well, which "
                    + "llama.cpp cannot compute with adapters");
        }
        long rank = fits(weight, a, b, name.equals(EMBEDDING));
        if (rank < 1 || rank > Integer.MAX_VALUE) {
            throw new ModelLoad(file.path() + ": tensors '" + a.name() + "' " + a.shape() + " and '" + b.name() + "' "
                    + b.shape() + " do not fit the model's '" + name + "' " + weight.shape());
        }
        return (int) rank;
    }

    private static GgufTensor half(GgufFile file, String name, String ending) {
        GgufTensor tensor = file.tensor(name + ending)
                .orElseThrow(() -> new InvalidFile(file.path() + ": tensor '" + name + ending + "' is missing"));
        boolean usable = switch (tensor.type()) {
            case F32, F16, BF16 -> true;
            case Q8_1, Q8_K -> false; // of intermediate results
            default -> tensor.type().isQuantized();
        };
        if (!usable) {
            throw new InvalidFile(file.path() + ": tensor '" + tensor.name() + "' is " + tensor.type()
                    + ", with which llama.cpp cannot multiply");
        }
        return tensor;
    }

    /// The rank of the pair, or 0 when the sizes do not fit. Rows of the embedding are looked up in A, which
    /// therefore lies the other way round; experts have a pair each.
    private static long fits(GgufTensor weight, GgufTensor a, GgufTensor b, boolean isEmbedding) {
        Dimensions w = Dimensions.of(weight);
        Dimensions left = Dimensions.of(a);
        Dimensions right = Dimensions.of(b);
        boolean experts = left.ne2() == w.ne2() && right.ne2() == w.ne2();
        boolean flat = left.ne3() == 1 && right.ne3() == 1 && w.ne3() == 1;
        boolean fits = isEmbedding
                ? left.ne1() == w.ne1() && right.ne1() == w.ne0() && left.ne0() == right.ne0()
                : left.ne0() == w.ne0() && right.ne1() == w.ne1() && left.ne1() == right.ne0();
        return experts && flat && fits ? right.ne0() : 0;
    }
}
