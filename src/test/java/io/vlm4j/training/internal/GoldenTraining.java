package io.vlm4j.training.internal;

import io.vlm4j.gguf.Safetensors;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.training.LoraTarget;
import java.nio.file.Path;
import java.util.Arrays;

/// PyTorch's training of the tiny LLaVA models, and the names and orders that it uses.
final class GoldenTraining {
    static final String LAYERS = "model.language_model.layers.";

    private GoldenTraining() {}

    static Golden open(String name) {
        return Golden.open(
                TestModels.reference("golden/cases/" + name + ".json"),
                TestModels.reference("golden/cases/" + name + ".safetensors"));
    }

    static Sample sample(Golden golden, String prefix, int imageToken) {
        int[] ids = Arrays.stream(golden.ints(prefix + "input_ids"))
                .map(id -> id == imageToken ? Sample.IMAGE : id)
                .toArray();
        float[] features = golden.floats(prefix + "vision_features");
        int rows = (int) Arrays.stream(ids).filter(id -> id == Sample.IMAGE).count();
        return new Sample(
                ids,
                Arrays.stream(golden.ints(prefix + "labels"))
                        .map(label -> label < 0 ? ForwardInput.IGNORED : label)
                        .toArray(),
                Tensor.ofFloats(Shape.of(rows, features.length / rows), features));
    }

    /// What transformers calls a tensor of ours.
    static String name(String ours) {
        if (ours.startsWith("mm.")) {
            return "model.multi_modal_projector.linear_" + (ours.charAt(3) == '0' ? 1 : 2) + ours.substring(4);
        }
        if (!ours.startsWith("blk.")) {
            return switch (ours) {
                case "token_embd.weight" -> "model.language_model.embed_tokens.weight";
                case "output_norm.weight" -> "model.language_model.norm.weight";
                default -> "lm_head.weight";
            };
        }
        String[] parts = ours.split("\\.", 4);
        String suffix = parts[3].replace("weight.lora_a", "lora_A.weight").replace("weight.lora_b", "lora_B.weight");
        return LAYERS + parts[1] + "."
                + switch (parts[2]) {
                    case "attn_norm" -> "input_layernorm.";
                    case "ffn_norm" -> "post_attention_layernorm.";
                    default -> module(parts[2]) + ".";
                }
                + suffix;
    }

    private static String module(String tensor) {
        for (LoraTarget target : LoraTarget.values()) {
            if (target.tensor(0).equals("blk.0." + tensor + ".weight")) {
                return (tensor.startsWith("attn") ? "self_attn." : "mlp.") + target.label();
            }
        }
        throw new AssertionError(tensor);
    }

    /// Numbers of transformers in the order of GGUF files, in which rows of queries and keys are permuted.
    ///
    /// @param width of a row
    static float[] ordered(String ours, float[] theirs, int width, int heads, int keyValueHeads) {
        boolean queries = ours.contains("attn_q.");
        if (!(queries || ours.contains("attn_k.")) || ours.endsWith(Lora.A)) {
            return theirs;
        }
        int half = theirs.length / width / (queries ? heads : keyValueHeads) / 2;
        float[] permuted = new float[theirs.length];
        for (int row = 0; row < theirs.length / width; row++) {
            int head = row / (2 * half);
            int inHead = row % (2 * half);
            int target = head * 2 * half + inHead % half * 2 + inHead / half;
            System.arraycopy(theirs, row * width, permuted, target * width, width);
        }
        return permuted;
    }

    static Path adapter(String model) {
        return TestModels.reference("golden/models/" + model + "/lora-init/adapter_model.safetensors");
    }

    static float[] floats(Safetensors file, String name) {
        return file.tensor(name).toFloatArray();
    }
}
