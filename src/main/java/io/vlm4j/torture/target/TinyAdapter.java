package io.vlm4j.torture.target;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.gguf.GgufWriter;
import java.nio.file.Path;

/// A LoRA adapter and a control vector for [TinyModel].
final class TinyAdapter {
    private static final int RANK = 4;

    private TinyAdapter() {}

    static void writeLora(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "llama")
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", GgufValue.of(2f * RANK));
        Weights weights = new Weights(writer, 1);
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
            pair("blk." + layer + ".attn_q.weight", TinyModel.EMBEDDING, TinyModel.EMBEDDING, weights);
            pair("blk." + layer + ".ffn_down.weight", TinyModel.EMBEDDING, TinyModel.FEED_FORWARD, weights);
        }
        writer.write(path);
    }

    private static void pair(String name, int outputs, int inputs, Weights weights) {
        weights.put(name + ".lora_a", GgmlType.F32, RANK, inputs);
        weights.put(name + ".lora_b", GgmlType.F32, outputs, RANK);
    }

    static void writeControl(Path path) {
        GgufWriter writer = GgufWriter.create()
                .put("general.architecture", "controlvector")
                .put("controlvector.model_hint", "llama")
                .put("controlvector.layer_count", GgufValue.i32(1));
        new Weights(writer, 2).put("direction.1", GgmlType.F32, TinyModel.EMBEDDING);
        writer.write(path);
    }
}
