package io.vlm4j.training;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/// The matrices of a layer that adapters can be beside, by transformers' names.
public enum LoraTarget {
    /// Queries.
    Q_PROJ("q_proj", "attn_q"),
    /// Keys.
    K_PROJ("k_proj", "attn_k"),
    /// Values.
    V_PROJ("v_proj", "attn_v"),
    /// What attention gives.
    O_PROJ("o_proj", "attn_output"),
    /// The feed-forward part's gate.
    GATE_PROJ("gate_proj", "ffn_gate"),
    /// The feed-forward part's first matrix.
    UP_PROJ("up_proj", "ffn_up"),
    /// The feed-forward part's last matrix.
    DOWN_PROJ("down_proj", "ffn_down");

    private final String label;
    private final String tensor;

    LoraTarget(String label, String tensor) {
        this.label = label;
        this.tensor = tensor;
    }

    /// As transformers and PEFT call it.
    public String label() {
        return label;
    }

    /// The name of the tensor in the GGUF file of a model.
    ///
    /// @param layer from 0
    public String tensor(int layer) {
        return "blk." + layer + "." + tensor + ".weight";
    }

    /// All of them.
    public static Set<LoraTarget> all() {
        return EnumSet.allOf(LoraTarget.class);
    }

    /// By transformers' name, such as `q_proj`.
    ///
    /// @throws IllegalArgumentException naming those that there are
    public static LoraTarget ofLabel(String label) {
        return Arrays.stream(values())
                .filter(target -> target.label.equals(label))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("no adapter can be beside '" + label + "', but beside "
                        + Arrays.stream(values()).map(LoraTarget::label).toList()));
    }
}
