package io.vlm4j.testkit;

import io.vlm4j.gguf.SafetensorsWriter;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// Hugging Face folders of tiny random LLaVAs: one decoder layer of 32, one tower layer of 32, 12 tokens.
public final class HfFolder {
    private static final int WIDTH = 32;
    private static final int VOCABULARY = 12;

    private final Path folder;
    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    private final Random random = new Random(7);

    private HfFolder(Path folder) {
        this.folder = folder;
    }

    /// A whole folder; tensors can be changed before [#write].
    public static HfFolder llava(Path folder) {
        HfFolder made = new HfFolder(folder);
        made.text("config.json", """
                {"architectures": ["LlavaForConditionalGeneration"],
                 "text_config": {"model_type": "llama", "hidden_size": 32, "num_hidden_layers": 1,
                  "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 64, "vocab_size": 12},
                 "vision_config": {"model_type": "clip_vision_model", "hidden_size": 32, "num_hidden_layers": 2,
                  "num_attention_heads": 2, "intermediate_size": 32, "image_size": 28, "patch_size": 14}}
                """);
        made.text("preprocessor_config.json", "{\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}");
        made.pieces(List.of("<unk>", "<s>", "</s>", "\u2581", "a", "b"));
        made.tensor("language_model.model.embed_tokens.weight", VOCABULARY, WIDTH)
                .tensor("language_model.model.norm.weight", WIDTH)
                .tensor("language_model.lm_head.weight", VOCABULARY, WIDTH);
        String layer = "language_model.model.layers.0.";
        made.tensor(layer + "input_layernorm.weight", WIDTH)
                .tensor(layer + "post_attention_layernorm.weight", WIDTH)
                .tensor(layer + "self_attn.q_proj.weight", WIDTH, WIDTH)
                .tensor(layer + "self_attn.k_proj.weight", WIDTH / 2, WIDTH)
                .tensor(layer + "self_attn.v_proj.weight", WIDTH / 2, WIDTH)
                .tensor(layer + "self_attn.o_proj.weight", WIDTH, WIDTH)
                .tensor(layer + "mlp.gate_proj.weight", 2 * WIDTH, WIDTH)
                .tensor(layer + "mlp.up_proj.weight", 2 * WIDTH, WIDTH)
                .tensor(layer + "mlp.down_proj.weight", WIDTH, 2 * WIDTH);
        made.linear("multi_modal_projector.linear_1").linear("multi_modal_projector.linear_2");
        made.tower("vision_tower.vision_model.");
        return made;
    }

    private void tower(String tower) {
        tensor(tower + "embeddings.class_embedding", WIDTH)
                .tensor(tower + "embeddings.patch_embedding.weight", WIDTH, 3, 14, 14)
                .tensor(tower + "embeddings.position_embedding.weight", 5, WIDTH)
                .pair(tower + "pre_layrnorm")
                .pair(tower + "post_layernorm");
        for (int i = 0; i < 2; i++) {
            String layer = tower + "encoder.layers." + i + ".";
            pair(layer + "layer_norm1").pair(layer + "layer_norm2");
            for (String name : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                linear(layer + "self_attn." + name);
            }
            linear(layer + "mlp.fc1").linear(layer + "mlp.fc2");
        }
    }

    public HfFolder tensor(String name, long... shape) {
        Shape whole = Shape.of(shape);
        float[] numbers = new float[Math.toIntExact(whole.elementCount())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return put(name, Tensor.ofFloats(whole, numbers));
    }

    public HfFolder put(String name, Tensor tensor) {
        tensors.put(name, tensor);
        return this;
    }

    private HfFolder pair(String name) {
        return tensor(name + ".weight", WIDTH).tensor(name + ".bias", WIDTH);
    }

    private HfFolder linear(String name) {
        return tensor(name + ".weight", WIDTH, WIDTH).tensor(name + ".bias", WIDTH);
    }

    public HfFolder remove(String name) {
        if (tensors.remove(name) == null) {
            throw new AssertionError("no tensor " + name);
        }
        return this;
    }

    /// Leaves out all tensors but those whose names begin so.
    public HfFolder keep(String prefix) {
        tensors.keySet().removeIf(name -> !name.startsWith(prefix));
        return this;
    }

    /// Gives all tensors other names.
    public HfFolder rename(UnaryOperator<String> to) {
        SequencedMap<String, Tensor> before = new LinkedHashMap<>(tensors);
        tensors.clear();
        before.forEach((name, tensor) -> tensors.put(to.apply(name), tensor));
        return this;
    }

    /// Another file of the folder.
    public HfFolder text(String file, String content) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /// `tokenizer.model` with these tokens: the first is unknown, the next two are control tokens.
    private void pieces(List<String> pieces) {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        for (int i = 0; i < pieces.size(); i++) {
            byte[] text = pieces.get(i).getBytes(StandardCharsets.UTF_8);
            ByteBuffer piece = ByteBuffer.allocate(text.length + 9).order(ByteOrder.LITTLE_ENDIAN);
            piece.put((byte) 0x0a).put((byte) text.length).put(text);
            piece.put((byte) 0x15).putFloat(-i);
            piece.put((byte) 0x18).put((byte) (i == 0 ? 2 : i < 3 ? 3 : 1));
            model.write(0x0a);
            model.write(piece.capacity());
            model.writeBytes(piece.array());
        }
        try {
            Files.write(folder.resolve("tokenizer.model"), model.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes the tensors into one file.
    public Path write() {
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        return folder;
    }

    /// Writes the tensors into two files with an index.
    public Path writeShards() {
        List<SequencedMap<String, Tensor>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
        StringBuilder index = new StringBuilder();
        int i = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            int shard = i++ * 2 / tensors.size();
            shards.get(shard).put(tensor.getKey(), tensor.getValue());
            index.append(index.isEmpty() ? "" : ",")
                    .append("\"")
                    .append(tensor.getKey())
                    .append("\": \"");
            index.append(shardName(shard)).append("\"");
        }
        for (int shard = 0; shard < shards.size(); shard++) {
            SafetensorsWriter.write(folder.resolve(shardName(shard)), shards.get(shard), Map.of());
        }
        text("model.safetensors.index.json", "{\"weight_map\": {" + index + "}}");
        return folder;
    }

    private static String shardName(int shard) {
        return "model-0000" + (shard + 1) + "-of-00002.safetensors";
    }
}
