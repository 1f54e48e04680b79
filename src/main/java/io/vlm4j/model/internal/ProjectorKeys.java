package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufType;
import io.vlm4j.gguf.GgufValue;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The types of a projector's keys, of which mtmd takes for granted that they are what its converter writes. Source:
/// `load_hparams` of clip.cpp, and its `get_bool`, `get_u32` and so on.
final class ProjectorKeys {
    private static final Map<String, GgufType> TYPES = new HashMap<>();

    static {
        put(
                GgufType.STRING,
                "general.name",
                "general.description",
                "clip.projector_type",
                "clip.vision.projector_type",
                "clip.audio.projector_type",
                "clip.vision.mm_patch_merge_type");
        put(
                GgufType.BOOL,
                "clip.has_vision_encoder",
                "clip.has_audio_encoder",
                "clip.has_gen_audio_encoder",
                "clip.use_gelu",
                "clip.use_silu");
        put(GgufType.I32, "clip.minicpmv_version");
        put(GgufType.U32, "clip.minicpmv_query_num");
        for (String tower : List.of("clip.vision.", "clip.audio.")) {
            put(GgufType.F32, tower + "attention.layer_norm_epsilon");
            for (String key : List.of(
                    "embedding_length",
                    "feed_forward_length",
                    "block_count",
                    "projection_dim",
                    "attention.head_count",
                    "attention.head_count_kv",
                    "attention.head_dim")) {
                put(GgufType.U32, tower + key);
            }
        }
        for (String key : List.of(
                "image_size",
                "image_min_pixels",
                "image_max_pixels",
                "preproc_min_tiles",
                "preproc_max_tiles",
                "preproc_image_size",
                "patch_size",
                "projector.scale_factor",
                "projector.query_side",
                "projector.window_side",
                "spatial_merge_size",
                "n_wa_pattern",
                "window_size",
                "sam.head_count",
                "sam.block_count",
                "sam.embedding_length",
                "expert_used_count")) {
            put(GgufType.U32, "clip.vision." + key);
        }
        for (String key : List.of(
                "num_mel_bins",
                "projector.stack_factor",
                "chunk_size",
                "conv_kernel_size",
                "max_pos_emb",
                "projector.window_size",
                "projector.downsample_rate",
                "projector.head_count",
                "rvq.num_quantizers",
                "window_size",
                "local_block_count",
                "local_group_size",
                "subsampling_factor")) {
            put(GgufType.U32, "clip.audio." + key);
        }
    }

    private ProjectorKeys() {}

    private static void put(GgufType type, String... keys) {
        for (String key : keys) {
            TYPES.put(key, type);
        }
    }

    /// @throws InvalidFile when a key has a value of another type than mtmd reads
    static void check(GgufFile file) {
        file.metadata().forEach((key, value) -> {
            GgufType type = TYPES.get(key);
            if (type != null && value.type() != type) {
                throw new InvalidFile(
                        file.path() + ": " + key + " is " + value + " (" + value.type() + "), not a " + type);
            }
            if (type == GgufType.STRING && key.endsWith("_type") && isCut(value)) {
                throw new InvalidFile(file.path() + ": " + key + " has a character 0, where native code ends it");
            }
        });
    }

    /// Whether native code sees less of it.
    private static boolean isCut(GgufValue text) {
        return text.asString().indexOf('\0') >= 0;
    }
}
