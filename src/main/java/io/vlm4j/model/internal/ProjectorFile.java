package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufValue;
import java.util.List;

/// What a projector file says of its towers, checked before native code sees it: mtmd takes tensors that are missing
/// for present, and allocates what sizes ask for.
///
/// All towers are checked as [Tower] says; those of LLaVA (`clip.projector_type` `mlp`) for every tensor that is
/// computed with. Source: clip.cpp (`load_hparams`, `load_tensors`) and models/llava.cpp.
final class ProjectorFile {
    private static final String LLAVA = "mlp";

    private final Tower tower;
    private final FileHeader header;
    private final long width;

    private ProjectorFile(Tower tower) {
        this.tower = tower;
        this.header = tower.header();
        this.width = tower.width();
    }

    /// @throws InvalidFile when a tower contradicts itself, naming the key or tensor
    static void check(GgufFile file) {
        ProjectorKeys.check(file);
        FileHeader all = new FileHeader(file, "");
        all.checkTypes();
        all.checkVectors();
        if (sees(file)) {
            String type = type(file, "vision");
            Tower vision = new Tower(file, "v", type);
            vision.check();
            if (type.equals(LLAVA)) {
                new ProjectorFile(vision).checkLlava();
            }
        }
        if (isSet(file, "clip.has_audio_encoder")) {
            new Tower(file, "a", type(file, "audio")).check();
        }
    }

    static boolean sees(GgufFile file) {
        return isSet(file, "clip.has_vision_encoder");
    }

    private static boolean isSet(GgufFile file, String key) {
        return file.value(key)
                .map(value -> value instanceof GgufValue.Bool(boolean yes) && yes)
                .orElse(false);
    }

    /// The kind of the `vision` or `audio` tower.
    static String type(GgufFile file, String tower) {
        return file.string("clip.projector_type")
                .or(() -> file.string("clip." + tower + ".projector_type"))
                .orElseThrow(() -> new InvalidFile(file.path() + " has no clip.projector_type"));
    }

    private void checkLlava() {
        if (width % tower.heads() != 0) {
            throw header.wrong("attention.head_count", tower.heads(), "a width of " + width);
        }
        long patch = header.required("patch_size", 1, Tower.MOST);
        long side = header.required("image_size", 1, Tower.MOST) / patch;
        header.tensor("v.patch_embd.weight", patch, patch, 3, width);
        boolean marker = header.hasTensor("v.class_embd");
        header.optionalVector("v.class_embd", width);
        long positions = side * side + (marker ? 1 : 0);
        header.matrix(
                "v.position_embd.weight",
                width,
                Math.max(positions, header.dimensions("v.position_embd.weight").ne1()));
        for (String norm : List.of("v.pre_ln", "v.post_ln")) {
            norm(norm);
        }
        for (long layer = 0; layer < tower.layers(); layer++) {
            layer("v.blk." + layer + ".");
        }
        projector();
    }

    private void layer(String block) {
        norm(block + "ln1");
        norm(block + "ln2");
        for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
            header.matrix(block + name + ".weight", width, width);
            header.optionalVector(block + name + ".bias", width);
        }
        tower.feedForward(block);
    }

    /// mm.0, GELU, mm.2. With mm.3 it is Yi's, with norms between.
    private void projector() {
        Dimensions first = header.dimensions("mm.0.weight");
        if (first.ne0() % width != 0) {
            throw new InvalidFile(header.file().path() + ": tensor 'mm.0.weight' does not fit a width of " + width);
        }
        header.vector("mm.0.bias", first.ne1());
        if (header.hasTensor("mm.3.weight")) {
            for (String name : List.of("mm.1.weight", "mm.1.bias", "mm.3.bias", "mm.4.weight", "mm.4.bias")) {
                header.tensor(name);
            }
            return;
        }
        Dimensions second = header.dimensions("mm.2.weight");
        header.matrix("mm.2.weight", first.ne1(), second.ne1());
        header.vector("mm.2.bias", second.ne1());
    }

    private void norm(String name) {
        if (header.hasTensor(name + ".weight") || header.hasTensor(name + ".bias")) {
            header.vector(name + ".weight", width);
            header.optionalVector(name + ".bias", width);
        }
    }
}
