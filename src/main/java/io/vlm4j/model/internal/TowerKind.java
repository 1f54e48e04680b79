package io.vlm4j.model.internal;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the graph of a projector's kind (`clip.projector_type`) computes with although mtmd's loader does not ask for
/// it: there a tensor that is missing is a NULL pointer. Source: `load_tensors` of clip.cpp against tools/mtmd/models.
///
/// @param traits  what its tower is made of
/// @param tensors further tensors that must be there, for each layer where the name has a `%d`
record TowerKind(Set<Trait> traits, List<String> tensors) {
    enum Trait {
        /// A convolution that makes patches.
        PATCHES,
        /// A second one, for the second of two frames.
        SECOND_PATCHES,
        /// Learned positions.
        POSITIONS,
        /// A vector in front of the patches.
        CLASS,
        /// One matrix for queries, keys and values, or three.
        ATTENTION,
        /// One matrix, with a bias.
        FUSED,
        /// Three matrices.
        SEPARATE,
        /// And each with a bias.
        BIASES,
        /// Layers whose tensors are those of a plain transformer, all of one width.
        PLAIN
    }

    private static final Map<String, TowerKind> VISION = new HashMap<>();
    private static final Map<String, TowerKind> AUDIO = new HashMap<>();

    static {
        see("ldp ldpv2 adapter", "PATCHES POSITIONS SEPARATE PLAIN");
        see("resampler", "PATCHES POSITIONS ATTENTION PLAIN");
        see("minicpmv4_6", "PATCHES POSITIONS SEPARATE PLAIN");
        see("qwen2vl_merger qwen2.5vl_merger qwen2.5o", "PATCHES SECOND_PATCHES SEPARATE BIASES PLAIN");
        see("qwen3vl_merger", "PATCHES SECOND_PATCHES POSITIONS FUSED PLAIN", "v.patch_embd.bias");
        see("glm4v", "PATCHES SECOND_PATCHES ATTENTION", "v.patch_embd.bias");
        see("exaone4_5", "PATCHES SECOND_PATCHES FUSED");
        see("mimovl", "PATCHES SECOND_PATCHES FUSED");
        see("minimax_m3", "PATCHES SECOND_PATCHES ATTENTION PLAIN");
        see("gemma3 idefics3 janus_pro", "PATCHES ATTENTION PLAIN");
        see("lfm2 phi4 kimivl kimik25 paddleocr step3vl muse-glimmer", "PATCHES POSITIONS ATTENTION");
        see("pixtral lightonocr", "PATCHES ATTENTION PLAIN");
        see("internvl llama4 nemotron_v2_vl", "PATCHES POSITIONS CLASS ATTENTION");
        see("cogvlm", "PATCHES POSITIONS CLASS FUSED");
        see("gemma4v", "PATCHES POSITIONS ATTENTION");
        see("gemma4uv", "PATCHES POSITIONS", "v.patch_embd.bias");
        see("youtuvl", "PATCHES SEPARATE BIASES PLAIN");
        see("granite4_vision", "PATCHES POSITIONS SEPARATE");
        see("dots_ocr dots3note_v deepseek4v hunyuanvl", "PATCHES ATTENTION");
        see("deepseekocr", "POSITIONS CLASS ATTENTION", "v.view_seperator");
        see("deepseekocr2", "ATTENTION", "v.resample_query_768.weight", "v.resample_query_1024.weight");
        see("yasa2", "PATCHES");
        hear(
                "ultravox voxtral glma meralion musicflamingo qwen2a qwen2.5o",
                "POSITIONS SEPARATE PLAIN",
                "a.blk.%d.attn_q.bias",
                "a.blk.%d.attn_v.bias",
                "a.blk.%d.ln1.weight",
                "a.blk.%d.ln1.bias",
                "a.blk.%d.ln2.weight",
                "a.blk.%d.ln2.bias");
        hear("qwen3a", "POSITIONS ATTENTION");
        hear("dots3note_a mimo_audio", "ATTENTION");
        hear("lfm2a", "POSITIONS SEPARATE BIASES", "a.blk.%d.attn_out.bias");
        hear("granite_speech", "SEPARATE", "a.blk.%d.attn_out.bias");
        hear(
                "parakeet",
                "SEPARATE",
                "a.blk.%d.ln1.weight",
                "a.blk.%d.ln1.bias",
                "a.blk.%d.ln2.weight",
                "a.blk.%d.ln2.bias");
    }

    private static void see(String names, String traits, String... tensors) {
        put(VISION, names, traits, tensors);
    }

    private static void hear(String names, String traits, String... tensors) {
        put(AUDIO, names, traits, tensors);
    }

    private static void put(Map<String, TowerKind> kinds, String names, String traits, String... tensors) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        for (String trait : traits.split(" ", -1)) {
            set.add(Trait.valueOf(trait));
        }
        for (String name : names.split(" ", -1)) {
            kinds.put(name, new TowerKind(set, List.of(tensors)));
        }
    }

    /// @param letter `v` or `a`, with which its tensors begin
    static Optional<TowerKind> of(String letter, String projectorType) {
        return Optional.ofNullable((letter.equals("v") ? VISION : AUDIO).get(projectorType));
    }

    /// Whether it has layers of attention.
    boolean attends() {
        return is(Trait.ATTENTION) || is(Trait.FUSED) || is(Trait.SEPARATE);
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }
}
