package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.conversion.AdapterOptions;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What the file of an adapter will hold.
public final class AdapterPlan {
    private static final String KEPT_BASE = ".base_layer.weight";

    private final AdaptedModel base;
    private final GgmlType type;
    private final float alpha;
    private final SequencedMap<TextModule, Pair> pairs;
    private final List<String> leftOut;

    private AdapterPlan(
            AdaptedModel base, GgmlType type, float alpha, SequencedMap<TextModule, Pair> pairs, List<String> leftOut) {
        this.base = base;
        this.type = type;
        this.alpha = alpha;
        this.pairs = pairs;
        this.leftOut = leftOut;
    }

    /// The matrices beside one of the model's.
    ///
    /// @param module   its name in transformers
    /// @param strength the alpha with which `alpha / rank` is how often it is added
    private record Pair(String module, Rows a, Rows b, int rank, double strength) {}

    /// Checks everything against everything.
    public static AdapterPlan of(PeftFolder adapter, AdaptedModel base, AdapterOptions options) {
        List<String> leftOut = new ArrayList<>();
        adapter.others().forEach((name, tensor) -> {
            if (options.textOnly() && TextModule.isNotText(name)) {
                leftOut.add(name);
            } else {
                requireKnown(adapter, base, name, tensor);
            }
        });
        SequencedMap<TextModule, Pair> pairs = new TreeMap<>();
        for (Map.Entry<String, PeftFolder.Halves> entry : adapter.modules().entrySet()) {
            String module = entry.getKey();
            if (options.textOnly() && TextModule.isNotText(module)) {
                leftOut.add(module);
                continue;
            }
            TextModule matrix = TextModule.of(module).orElseThrow(() -> unknown(adapter, module));
            Pair other = pairs.put(matrix, pair(adapter, base, matrix, module, entry.getValue()));
            if (other != null) {
                throw new InvalidFile(adapter.file() + " has matrices for '" + other.module() + "' and '" + module
                        + "', which are both the model's '" + matrix.tensor() + "'");
            }
        }
        if (pairs.isEmpty()) {
            throw new InvalidFile(adapter.file() + " has no matrices beside those of the text model"
                    + (leftOut.isEmpty() ? "" : ", only " + leftOut.size() + " beside others"));
        }
        return new AdapterPlan(base, options.type().base(), alpha(adapter.config(), pairs), pairs, leftOut);
    }

    /// The one that all matrices have, or else the configuration's.
    private static float alpha(PeftConfig config, Map<TextModule, Pair> pairs) {
        double[] all =
                pairs.values().stream().mapToDouble(Pair::strength).distinct().toArray();
        return all.length == 1 ? (float) all[0] : config.alpha();
    }

    private static InvalidFile unknown(PeftFolder adapter, String module) {
        return new InvalidFile(adapter.file() + " changes '" + module + "', "
                + (TextModule.isNotText(module)
                        ? "which belongs to the vision tower or the projector: adapter files reach the text model only."
                                + " Merge the adapter with peft and convert the whole, or leave such matrices out"
                                + " (--text-only), and answers will differ from peft's"
                        : "which is no matrix that adapters are converted for: self_attn.{q,k,v,o,qkv}_proj,"
                                + " mlp.{gate,up,gate_up,down}_proj, embed_tokens and lm_head"));
    }

    /// The base model's own embeddings are often saved with an adapter that is beside them.
    private static void requireKnown(PeftFolder adapter, AdaptedModel base, String name, Tensor tensor) {
        if (name.contains("lora_magnitude_vector")) {
            throw adapter.invalid(name, "is DoRA's, which has no place in an adapter file; merge it instead");
        }
        if (name.endsWith(".bias")) {
            throw adapter.invalid(name, "is a bias, which has no place in an adapter file; merge it instead");
        }
        if (!name.endsWith(KEPT_BASE)) {
            throw adapter.invalid(
                    name,
                    "is no LoRA matrix, but a whole one (modules_to_save, or a vocabulary that was"
                            + " changed), which has no place in an adapter file; merge it instead"
                            + (TextModule.isNotText(name) ? ", or leave it out (--text-only)" : ""));
        }
        String module = name.substring(0, name.length() - KEPT_BASE.length());
        Optional<TextModule> matrix = TextModule.of(module);
        if (matrix.isPresent() && !tensor.shape().equals(base.shape(matrix.get(), module))) {
            throw adapter.invalid(
                    name,
                    "of shape " + tensor.shape() + " should be the base model's " + base.shape(matrix.get(), module)
                            + ": was the vocabulary changed?");
        }
    }

    private static Pair pair(
            PeftFolder adapter, AdaptedModel base, TextModule matrix, String module, PeftFolder.Halves halves) {
        Tensor a = halves.a();
        Tensor b = halves.b();
        if (a == null || b == null) {
            throw new InvalidFile(
                    adapter.file() + " has only " + (a == null ? "lora_B" : "lora_A") + " of '" + module + "'");
        }
        Shape shape = base.shape(matrix, module);
        int rank = adapter.config().rank(module);
        long outputs = shape.dim(matrix.isEmbedding() ? 1 : 0);
        long inputs = shape.dim(matrix.isEmbedding() ? 0 : 1);
        require(adapter, module, "A", a, Shape.of(rank, inputs));
        require(adapter, module, "B", b, Shape.of(outputs, rank));
        int heads = base.interleavedHeads(matrix);
        return new Pair(
                module,
                matrix.isEmbedding() ? Rows.transposed(a) : Rows.of(a),
                heads == 0 ? Rows.of(b) : Rows.of(b).interleaved(heads),
                rank,
                adapter.config().strength(module));
    }

    private static void require(PeftFolder adapter, String module, String half, Tensor tensor, Shape expected) {
        if (!tensor.shape().equals(expected)) {
            throw new InvalidFile(adapter.file() + ": lora_" + half + " of '" + module + "' should have the shape "
                    + expected + ", as the base model and adapter_config.json have it, but has " + tensor.shape());
        }
    }

    /// The bytes of all tensors.
    public long byteSize() {
        return pairs.values().stream()
                .mapToLong(pair -> bytes(pair.a()) + bytes(pair.b()))
                .sum();
    }

    private long bytes(Rows rows) {
        return type.rowByteSize(rows.length()) * rows.count();
    }

    public int matrices() {
        return pairs.size();
    }

    /// The largest.
    public int rank() {
        return pairs.values().stream().mapToInt(Pair::rank).max().orElseThrow();
    }

    public float alpha() {
        return alpha;
    }

    public List<String> leftOut() {
        return leftOut;
    }

    /// Writes the file, whole or not at all.
    public void write(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", base.architecture())
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", GgufValue.of(alpha));
        pairs.forEach((matrix, pair) -> {
            float factor = (float) (pair.strength() / alpha);
            add(writer, matrix.tensor() + ".lora_a", pair.a());
            add(
                    writer,
                    matrix.tensor() + ".lora_b",
                    factor == 1 ? pair.b() : pair.b().scaled(factor));
        });
        writer.write(path);
    }

    private void add(GgufWriter writer, String name, Rows rows) {
        writer.tensor(name, type, Shape.of(rows.count(), rows.length()), new TensorStream(name, rows, type, _ -> {}));
    }
}
