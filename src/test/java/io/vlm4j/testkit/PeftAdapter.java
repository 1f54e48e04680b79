package io.vlm4j.testkit;

import io.vlm4j.gguf.SafetensorsWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Folders as Python's `peft` saves adapters to, with random numbers, beside the models of [HfFolder].
public final class PeftAdapter {
    private static final String PREFIX = "base_model.model.model.language_model.layers.0.";
    private static final int WIDTH = 32;
    private static final int RANK = 2;

    private final Path folder;
    private final ObjectNode config = JsonMapper.shared().createObjectNode();
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final Random random = new Random(3);

    private PeftAdapter(Path folder) {
        this.folder = folder;
    }

    /// Of rank 2, beside queries and the last matrix of the only layer; it can be changed before [#write].
    public static PeftAdapter of(Path folder) {
        PeftAdapter made = new PeftAdapter(folder);
        made.config
                .put("peft_type", "LORA")
                .put("r", RANK)
                .put("lora_alpha", 4)
                .put("bias", "none")
                .putNull("modules_to_save");
        return made.linear(PREFIX + "self_attn.q_proj", WIDTH, WIDTH)
                .linear(PREFIX + "mlp.down_proj", WIDTH, 2 * WIDTH);
    }

    /// Another matrix.
    public PeftAdapter linear(String module, int outputs, int inputs) {
        return tensor(module + ".lora_A.weight", RANK, inputs).tensor(module + ".lora_B.weight", outputs, RANK);
    }

    public PeftAdapter tensor(String name, long... shape) {
        Shape of = Shape.of(shape);
        float[] numbers = new float[Math.toIntExact(of.elementCount())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        tensors.put(name, Tensor.ofFloats(of, numbers));
        return this;
    }

    public PeftAdapter without(String tensor) {
        tensors.remove(PREFIX + tensor);
        return this;
    }

    /// @param json its value
    public PeftAdapter set(String key, String json) {
        config.set(key, JsonMapper.shared().readTree(json));
        return this;
    }

    public Path write() {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("adapter_config.json"), config.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of("format", "pt"));
        return folder;
    }
}
