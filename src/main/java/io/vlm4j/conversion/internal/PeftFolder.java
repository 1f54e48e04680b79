package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.Safetensors;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A folder that `peft` saved an adapter to: its configuration, and the matrices of its safetensors file, which is
/// mapped into memory.
///
/// - **Owner**: owns the mapping; tensors borrow it.
/// - **Threads**: reading is thread-safe.
/// - **Close**: ends the mapping, once.
public final class PeftFolder implements AutoCloseable {
    /// The file that tells such a folder from others.
    public static final String CONFIGURATION = "adapter_config.json";

    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String OLD_WEIGHTS = "adapter_model.bin";
    private static final String PREFIX = "base_model.model.";

    /// Some trainers leave the adapter's name in.
    private static final Pattern HALF =
            Pattern.compile("(.+)\\.lora_(?:embedding_)?([AB])(?:\\.default)?(?:\\.weight)?");

    private final Path file;
    private final PeftConfig config;
    private final Safetensors weights;
    private final Map<String, Halves> modules = new TreeMap<>();
    private final Map<String, Tensor> others = new TreeMap<>();

    private PeftFolder(PeftConfig config, Safetensors weights) {
        this.file = weights.path();
        this.config = config;
        this.weights = weights;
    }

    /// The two matrices of one module.
    ///
    /// @param a of shape [rank, inputs]
    /// @param b of shape [outputs, rank]
    record Halves(@Nullable Tensor a, @Nullable Tensor b) {}

    /// @throws InvalidFile if something is missing, damaged, or of a kind that no adapter file can hold
    public static PeftFolder open(Path folder) {
        PeftConfig config = new PeftConfig(Config.read(folder.resolve(CONFIGURATION), Config.LONGEST)
                .orElseThrow(() -> new InvalidFile(folder + " has no " + CONFIGURATION
                        + ": a folder that peft has saved an adapter to is expected")));
        Path file = folder.resolve(WEIGHTS);
        if (!Files.exists(file)) {
            throw new InvalidFile(folder + " has no " + WEIGHTS
                    + (Files.exists(folder.resolve(OLD_WEIGHTS))
                            ? ", but " + OLD_WEIGHTS + ": save the adapter as safetensors with peft first"
                            : ""));
        }
        PeftFolder opened = new PeftFolder(config, Safetensors.open(file));
        try {
            opened.weights.names().forEach(opened::sort);
            return opened;
        } catch (Throwable e) {
            opened.close();
            throw e;
        }
    }

    private void sort(String name) {
        Tensor tensor = weights.tensor(name);
        if (!tensor.dtype().isFloat()) {
            throw invalid(name, "holds " + tensor.dtype() + ", where floating-point numbers are expected");
        }
        String plain = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        Matcher half = HALF.matcher(plain);
        if (!half.matches()) {
            others.put(plain, tensor);
            return;
        }
        if (tensor.shape().rank() != 2 || tensor.shape().elementCount() == 0) {
            throw invalid(
                    name,
                    "of shape " + tensor.shape() + " is no matrix: were its parts gathered before it was" + " saved?");
        }
        boolean first = half.group(2).equals("A");
        Halves there = modules.getOrDefault(half.group(1), new Halves(null, null));
        if ((first ? there.a() : there.b()) != null) {
            throw invalid(name, "is there twice, under two names");
        }
        modules.put(half.group(1), first ? new Halves(tensor, there.b()) : new Halves(there.a(), tensor));
    }

    InvalidFile invalid(String name, String problem) {
        return new InvalidFile(file + ": tensor '" + name + "' " + problem);
    }

    Path file() {
        return file;
    }

    PeftConfig config() {
        return config;
    }

    /// The modules with matrices beside them, by their names in the base model.
    Map<String, Halves> modules() {
        return modules;
    }

    /// Whatever else is in the file.
    Map<String, Tensor> others() {
        return others;
    }

    @Override
    public void close() {
        weights.close();
    }
}
