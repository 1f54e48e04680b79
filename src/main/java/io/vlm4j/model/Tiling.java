package io.vlm4j.model;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.model.internal.TilingRules;

/// How pictures become tiles for a projector file of LLaVA's kind.
///
/// @param kind what is done
/// @param note what the file lacks for [Kind#MERGED] though it has a part of that, and what is done instead; `""` when
///     there is nothing to say
public record Tiling(Kind kind, String note) {
    /// What becomes of a picture.
    public enum Kind {
        /// LLaVA-NeXT as transformers has it: the whole picture first, then tiles that are put together again row by
        /// row, without what lies beside the picture, each row ended by the learned `v.image_newline`. Small pictures
        /// are tiled as well. A picture is one run of rows.
        MERGED,
        /// Tiles as llama.cpp makes them: those of larger pictures one after the other, the whole picture last.
        SEPARATE,
        /// No tiles of LLaVA-NeXT's kind. (Projectors of other kinds may have some of their own.)
        NONE
    }

    /// What a projector (mmproj) file allows.
    ///
    /// [Kind#MERGED] needs the projector type `mlp`, `clip.vision.image_grid_pinpoints` in multiples of
    /// `clip.vision.image_size`, the tensor `v.image_newline` (or `model.image_newline`, as older files call it), and
    /// no `clip.vision.mm_patch_merge_type` that says otherwise.
    public static Tiling of(GgufFile file) {
        return TilingRules.of(file);
    }
}
