package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import java.util.List;
import java.util.Optional;

/// What a projector file says of its vision tower, checked before native code sees it: mtmd takes tensors that are
/// missing for present, and allocates what sizes ask for.
///
/// All towers are checked for sizes that cannot be; those of LLaVA (`clip.projector_type` `mlp`) for every tensor that
/// is computed with. Source: clip.cpp (`load_hparams`, `load_tensors`) and models/llava.cpp.
final class ProjectorFile {
    private static final String VISION = "clip.vision.";
    private static final long MOST = 1 << 16; // of anything that is counted
    private static final long MOST_PIXELS = 1 << 26; // of a picture made of tiles

    private final GgufFile file;
    private final long width;
    private final long layers;

    private ProjectorFile(GgufFile file) {
        this.file = file;
        this.width = count("embedding_length", 1);
        this.layers = count("block_count", 0);
    }

    /// @throws InvalidFile when a vision tower contradicts itself, naming the key or tensor
    static void check(GgufFile file) {
        boolean sees = file.value("clip.has_vision_encoder")
                .map(value -> value instanceof GgufValue.Bool(boolean yes) && yes)
                .orElse(false);
        if (!sees) {
            return;
        }
        String type = file.string("clip.projector_type")
                .or(() -> file.string("clip.vision.projector_type"))
                .orElseThrow(() -> new InvalidFile(file.path() + " has no clip.projector_type"));
        ProjectorFile tower = new ProjectorFile(file);
        tower.checkSizes();
        if (type.equals("mlp")) {
            tower.checkLlava();
        }
    }

    private void checkSizes() {
        long heads = count("attention.head_count", 1);
        if (file.value(VISION + "attention.key_length").isEmpty() && heads > width) {
            throw wrong("attention.head_count", heads, "a width of " + width);
        }
        count("feed_forward_length", 0);
        count("projection_dim", 0);
        long image = count("image_size", 0);
        long patch = count("patch_size", 1);
        if (image > 0 && patch > image) {
            throw wrong("patch_size", patch, "an image_size of " + image);
        }
        if (layers > file.tensors().size()) {
            throw wrong("block_count", layers, file.tensors().size() + " tensors");
        }
        long[] grid = integers("image_grid_pinpoints");
        for (int i = 1; i < grid.length; i += 2) { // an odd number of values is refused by mtmd
            boolean sides = grid[i] > 0 && grid[i] <= MOST && grid[i - 1] > 0 && grid[i - 1] <= MOST;
            if (!sides || grid[i] * grid[i - 1] > MOST_PIXELS) {
                throw wrong("image_grid_pinpoints", grid[i], "a picture of tiles");
            }
        }
    }

    private void checkLlava() {
        long heads = count("attention.head_count", 1);
        if (width % heads != 0) {
            throw wrong("attention.head_count", heads, "a width of " + width);
        }
        long patch = count("patch_size", 1);
        long side = count("image_size", 1) / patch;
        tensor("v.patch_embd.weight", patch, patch, 3, width);
        Optional<GgufTensor> marker = file.tensor("v.class_embd");
        if (marker.isPresent()) {
            tensor("v.class_embd", width, 1, 1, 1);
        }
        long positions = side * side + (marker.isPresent() ? 1 : 0);
        tensor(
                "v.position_embd.weight",
                width,
                Math.max(positions, dimensions("v.position_embd.weight").ne1()),
                1,
                1);
        for (long layer : integers("feature_layer")) {
            if (layer > layers) { // negative: the default
                throw wrong("feature_layer", layer, layers + " layers");
            }
        }
        for (String norm : List.of("v.pre_ln", "v.post_ln")) {
            norm(norm);
        }
        for (long layer = 0; layer < layers; layer++) {
            layer("v.blk." + layer + ".");
        }
        projector();
    }

    private void layer(String block) {
        norm(block + "ln1");
        norm(block + "ln2");
        for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
            tensor(block + name + ".weight", width, width, 1, 1);
            bias(block + name + ".bias", width);
        }
        Dimensions up = dimensions(block + "ffn_up.weight");
        Dimensions down = dimensions(block + "ffn_down.weight");
        boolean turned = up.ne0() == down.ne1() && up.ne1() == down.ne0();
        if (!turned || (up.ne0() != width && down.ne0() != width)) {
            throw new InvalidFile(file.path() + ": tensors '" + block + "ffn_up.weight' and '" + block
                    + "ffn_down.weight' do not fit a" + " width of " + width);
        }
        bias(block + "ffn_up.bias", up.ne1());
        bias(block + "ffn_down.bias", down.ne1());
    }

    /// mm.0, GELU, mm.2. With mm.3 it is Yi's, with norms between.
    private void projector() {
        Dimensions first = dimensions("mm.0.weight");
        if (first.ne0() % width != 0) {
            throw new InvalidFile(file.path() + ": tensor 'mm.0.weight' does not fit a width of " + width);
        }
        tensor("mm.0.bias", first.ne1(), 1, 1, 1);
        if (file.tensor("mm.3.weight").isPresent()) {
            for (String name : List.of("mm.1.weight", "mm.1.bias", "mm.3.bias", "mm.4.weight", "mm.4.bias")) {
                dimensions(name);
            }
            return;
        }
        Dimensions second = dimensions("mm.2.weight");
        tensor("mm.2.weight", first.ne1(), second.ne1(), 1, 1);
        tensor("mm.2.bias", second.ne1(), 1, 1, 1);
    }

    private void norm(String name) {
        if (file.tensor(name + ".weight").isPresent()
                || file.tensor(name + ".bias").isPresent()) {
            tensor(name + ".weight", width, 1, 1, 1);
            bias(name + ".bias", width);
        }
    }

    private void bias(String name, long length) {
        if (file.tensor(name).isPresent()) {
            tensor(name, length, 1, 1, 1);
        }
    }

    private void tensor(String name, long ne0, long ne1, long ne2, long ne3) {
        if (!dimensions(name).equals(new Dimensions(ne0, ne1, ne2, ne3))) {
            GgufTensor tensor = file.tensor(name).orElseThrow();
            throw new InvalidFile(file.path() + ": tensor '" + name + "' is " + tensor.shape() + ", the sizes in the "
                    + "header ask for " + ne3 + "x" + ne2 + "x" + ne1 + "x" + ne0);
        }
    }

    private Dimensions dimensions(String name) {
        return Dimensions.of(file.tensor(name)
                .orElseThrow(() -> new InvalidFile(file.path() + ": tensor '" + name + "' is missing")));
    }

    private long count(String key, long least) {
        long value = file.integer(VISION + key).orElse(least);
        if (value < least || value > MOST) {
            throw new InvalidFile(
                    file.path() + ": " + VISION + key + " is " + value + ", not from " + least + " to " + MOST);
        }
        return value;
    }

    private long[] integers(String key) {
        return file.value(VISION + key)
                .filter(GgufArray.class::isInstance)
                .map(GgufValue::asLongs)
                .orElse(new long[0]);
    }

    private InvalidFile wrong(String key, long value, String against) {
        return new InvalidFile(
                file.path() + ": " + VISION + key + " is " + value + ", which does not go with " + against);
    }
}
