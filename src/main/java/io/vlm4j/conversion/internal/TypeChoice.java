package io.vlm4j.conversion.internal;

import io.vlm4j.conversion.WeightType;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.tensor.Shape;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Chooses the element type of each tensor as llama.cpp's converter and llama-quantize do.
///
/// Source: `prepare_tensors` of conversion/base.py and `llama_tensor_get_type` of llama-quant.cpp.
///
/// @param type   the type of the file
/// @param layers the layers of the decoder; 0 if the file has none
/// @param tied   whether the token embeddings are the output matrix, too
record TypeChoice(WeightType type, int layers, boolean tied) {
    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\.(attn_v|ffn_down)\\.weight");

    GgmlType of(String name, Shape shape) {
        if (shape.rank() < 2
                || !name.endsWith(".weight")
                || name.endsWith("_norm.weight")
                || name.endsWith("position_embd.weight")) {
            return GgmlType.F32;
        }
        if (shape.rank() > 2) { // a convolution: other types have no kernel
            return type == WeightType.F16 ? GgmlType.F16 : GgmlType.F32;
        }
        return fitting(wanted(name), shape.dim(shape.rank() - 1));
    }

    private GgmlType wanted(String name) {
        if (!type.base().isQuantized()) {
            return type.base();
        }
        if (name.equals("output.weight") || (tied && name.equals("token_embd.weight"))) {
            return type == WeightType.Q8_0 ? GgmlType.Q8_0 : GgmlType.Q6_K;
        }
        Matcher layer = LAYER.matcher(name);
        return layer.matches()
                ? mixed(Integer.parseInt(layer.group(1)), layer.group(2).equals("attn_v"))
                : type.base();
    }

    private GgmlType mixed(int layer, boolean values) {
        return switch (type) {
            case Q4_K_M, Q5_K_M -> usesMoreBits(layer) ? GgmlType.Q6_K : type.base();
            case Q4_K_S -> layer < (values ? 4 : layers / 8) ? GgmlType.Q5_K : type.base();
            default -> type.base();
        };
    }

    /// The first and the last eighth, and every third between.
    private boolean usesMoreBits(int layer) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    private static GgmlType fitting(GgmlType wanted, long row) {
        if (row % wanted.blockSize() == 0) {
            return wanted;
        }
        GgmlType smaller = switch (wanted) {
            case Q4_K -> GgmlType.Q5_0;
            case Q5_K -> GgmlType.Q5_1;
            case Q6_K -> GgmlType.Q8_0;
            default -> GgmlType.F16;
        };
        return row % smaller.blockSize() == 0 ? smaller : GgmlType.F16;
    }
}
