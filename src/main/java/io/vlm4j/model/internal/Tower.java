package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.gguf.GgmlType;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.model.internal.TowerKind.Trait;

/// The sizes and layers of a vision or audio tower of any kind.
///
/// Numbers that native code divides by or makes memory of are bounded; tensors that it takes for present are there;
/// where layers are those of a plain transformer, every size is held against the header.
final class Tower {
    static final long MOST = 1 << 16; // of anything that is counted
    static final long MOST_PIXELS = 1 << 26; // of a picture as a tower gets it
    private static final long MOST_MERGED = 16; // patches a side that become one
    private static final long MOST_TILES_A_SIDE = 32;
    private static final long LARGEST_IMAGE = 8192; // clip.cpp, `load_hparams`

    /// Most tokens of a picture where the model's own limit is fixed in clip.cpp; `set_limit_image_tokens`.
    private static final long MOST_TOKENS = 1 << 14;

    private static final String MERGER = "mm.patch_merger.weight";

    private final FileHeader header;
    private final String letter;
    private final String kind;
    private final long width;
    private final long layers;
    private final long heads;
    private final long groups;
    private final long headSize;

    /// @param letter `v` or `a`, with which its tensors begin
    Tower(GgufFile file, String letter, String kind) {
        this.header = new FileHeader(file, letter.equals("v") ? "clip.vision." : "clip.audio.");
        this.letter = letter;
        this.kind = kind;
        this.width = header.required("embedding_length", 1, MOST);
        this.layers = header.required("block_count", 0, MOST);
        this.heads = header.required("attention.head_count", layers == 0 ? 0 : 1, MOST);
        this.groups = header.count("attention.head_count_kv", 1, MOST).orElse(heads);
        this.headSize = header.count("attention.head_dim", 0, MOST).orElse(0);
    }

    FileHeader header() {
        return header;
    }

    long width() {
        return width;
    }

    long layers() {
        return layers;
    }

    long heads() {
        return heads;
    }

    /// @throws InvalidFile naming the key or tensor
    void check() {
        checkSizes();
        if (letter.equals("v")) {
            checkPictures();
        } else {
            checkSounds();
        }
        TowerKind.of(letter, kind).ifPresent(this::checkTensors);
    }

    private void checkSizes() {
        header.required("feed_forward_length", 0, MOST);
        header.count("projection_dim", 0, MOST);
        header.number("attention.layer_norm_epsilon", 0, 1);
        if (headSize == 0 && heads > width) {
            throw header.wrong("attention.head_count", heads, "a width of " + width);
        }
        if (groups > heads || (heads > 0 && heads % groups != 0)) {
            throw header.wrong("attention.head_count_kv", groups, heads + " heads");
        }
        if (layers > header.file().tensors().size()) {
            throw header.wrong("block_count", layers, header.file().tensors().size() + " tensors");
        }
        for (long layer : header.integers("feature_layer")) {
            if (layer > layers) { // negative: the default
                throw header.wrong("feature_layer", layer, layers + " layers");
            }
        }
        header.count("projector.scale_factor", 1, MOST_MERGED);
        header.count("spatial_merge_size", 1, MOST_MERGED);
    }

    private void checkPictures() {
        boolean anySize = TowerMemory.mostTokens(kind) > 0; // 0: of the size of the picture
        long image = header.required("image_size", anySize ? 0 : 1, LARGEST_IMAGE);
        long patch = header.required("patch_size", 1, LARGEST_IMAGE);
        if (image > 0 && patch > image) {
            throw header.wrong("patch_size", patch, "an image_size of " + image);
        }
        long merge = Math.max(
                header.count("projector.scale_factor", 1, MOST_MERGED).orElse(1),
                header.count("spatial_merge_size", 1, MOST_MERGED).orElse(1));
        long side = patch * merge;
        if (side * side * MOST_TOKENS > Integer.MAX_VALUE) {
            throw header.wrong(
                    "patch_size",
                    patch,
                    "patches that are merged " + merge + " by " + merge
                            + ": pictures would have more pixels than can be counted");
        }
        header.count("image_min_pixels", 0, MOST_PIXELS);
        header.count("image_max_pixels", 0, MOST_PIXELS);
        long edge = header.count("preproc_image_size", 0, LARGEST_IMAGE).orElse(0);
        if (!anySize && edge / image > MOST_TILES_A_SIDE) {
            throw header.wrong("preproc_image_size", edge, "tiles of " + image + " pixels");
        }
        long most = header.count("preproc_max_tiles", 0, 256).orElse(256);
        header.count("preproc_min_tiles", 0, most);
        checkWindows(patch);
        checkGrid(image / patch, merge);
        checkProjector();
        checkPatches(
                patch,
                kind.startsWith("qwen")
                        ? header.count("spatial_merge_size", 2, 2).orElse(2)
                        : merge);
        for (String key : new String[] {
            "sam.head_count",
            "sam.block_count",
            "sam.embedding_length",
            "projector.query_side",
            "projector.window_side",
            "expert_used_count"
        }) {
            header.count(key, 1, MOST);
        }
        checkColours("image_mean", 0);
        checkColours("image_std", Float.MIN_NORMAL);
        checkTiles(image);
    }

    private void checkWindows(long patch) {
        header.count("window_size", 1, 4096);
        long every = header.count("n_wa_pattern", 0, MOST).orElse(0);
        boolean windows = switch (kind) {
            case "qwen2.5vl_merger", "qwen2.5o", "exaone4_5" -> every > 0;
            case "youtuvl" -> true;
            default -> false;
        };
        long window =
                kind.equals("youtuvl") ? header.count("window_size", 1, 4096).orElse(112) : 112;
        if (windows && window / patch / 2 < 1) {
            throw header.wrong("patch_size", patch, "windows of " + window + " pixels, which hold no two patches");
        }
        for (long layer : header.integers("wa_layer_indexes")) {
            if (layer < 0 || layer >= layers) {
                throw header.wrong("wa_layer_indexes", layer, layers + " layers");
            }
        }
    }

    private void checkColours(String key, float least) {
        GgufValue value = header.file().value(header.prefix() + key).orElse(null);
        if (value == null) {
            return; // native code says that it is missing
        }
        try {
            for (float number : value.asFloats()) {
                if (!Float.isFinite(number) || Math.abs(number) < least) {
                    throw new InvalidFile(
                            header.file().path() + ": " + header.prefix() + key + " has the number " + number);
                }
            }
        } catch (IllegalStateException otherType) {
            throw new InvalidFile(
                    header.file().path() + ": " + header.prefix() + key + " is " + value + " (" + value.type()
                            + "), not an array of F32",
                    otherType);
        }
    }

    private void checkTiles(long image) {
        long[] grid = header.integers("image_grid_pinpoints");
        for (int i = 1; i < grid.length; i += 2) { // an odd number of values is refused by mtmd
            boolean sides = grid[i] > 0 && grid[i] <= MOST && grid[i - 1] > 0 && grid[i - 1] <= MOST;
            if (!sides || grid[i] * grid[i - 1] > MOST_PIXELS) {
                throw header.wrong("image_grid_pinpoints", grid[i], "a picture of tiles");
            }
            if (kind.equals("mlp") && (grid[i] % image != 0 || grid[i - 1] % image != 0)) {
                throw header.wrong("image_grid_pinpoints", grid[i], "tiles of " + image + " pixels");
            }
        }
    }

    private void checkSounds() {
        boolean raw = kind.equals("gemma4ua") || kind.equals("pockettts_spkenc"); // frames of a wave, not its spectrum
        long bins = header.required("num_mel_bins", 1, raw ? MOST : 256);
        if (kind.equals("ultravox") || kind.equals("voxtral") || kind.equals("qwen2a")) { // Whisper's
            header.tensor("a.conv1d.1.weight", 3, bins, width, 1);
            header.tensor("a.conv1d.2.weight", 3, width, width, 1);
            header.matrix(
                    "a.position_embd.weight",
                    width,
                    header.dimensions("a.position_embd.weight").ne1());
        }
        for (String key : new String[] {
            "projector.stack_factor",
            "projector.window_size",
            "projector.downsample_rate",
            "projector.head_count",
            "conv_kernel_size",
            "max_pos_emb",
            "local_group_size",
            "subsampling_factor"
        }) {
            header.count(key, 1, MOST);
        }
        header.count("chunk_size", 1, 8192);
        header.count("window_size", 1, 4096);
        header.count("local_block_count", 0, header.file().tensors().size());
        switch (kind) { // divided by, whether it is there or not
            case "ultravox", "voxtral", "glma", "meralion" -> header.required("projector.stack_factor", 1, MOST);
            case "granite_speech" -> {
                long window = header.required("projector.window_size", 1, MOST);
                long rate = header.required("projector.downsample_rate", 1, MOST);
                if (rate > window) {
                    throw header.wrong("projector.downsample_rate", rate, "a window of " + window);
                }
            }
            default -> {}
        }
    }

    private void checkTensors(TowerKind which) {
        if (which.attends() && layers == 0) {
            throw header.wrong("block_count", layers, "a tower of the kind " + kind);
        }
        need(which, Trait.PATCHES, letter + ".patch_embd.weight");
        need(which, Trait.SECOND_PATCHES, letter + ".patch_embd.weight.1");
        need(which, Trait.POSITIONS, letter + ".position_embd.weight");
        need(which, Trait.CLASS, letter + ".class_embd");
        for (String name : which.tensors()) {
            if (!name.contains("%d")) {
                header.tensor(name);
            }
        }
        for (long layer = 0; layer < layers; layer++) {
            String block = letter + ".blk." + layer + ".";
            attention(which, block);
            for (String name : which.tensors()) {
                if (name.contains("%d")) {
                    header.tensor(name.replace("%d", Long.toString(layer)));
                }
            }
            if (which.is(Trait.PLAIN)) {
                plain(block);
            }
        }
    }

    /// Patches as the picture is cut, and the matrix that merges them.
    private void checkPatches(long patch, long merge) {
        switch (kind) {
            case "mlp",
                    "ldp",
                    "ldpv2",
                    "adapter",
                    "resampler",
                    "gemma3",
                    "idefics3",
                    "janus_pro",
                    "pixtral",
                    "lightonocr",
                    "internvl",
                    "qwen2vl_merger",
                    "qwen2.5vl_merger",
                    "qwen3vl_merger" -> {
                header.tensor("v.patch_embd.weight", patch, patch, 3, width);
                GgmlType type = header.tensor("v.patch_embd.weight").type();
                if (type != GgmlType.F32 && type != GgmlType.F16) {
                    throw new InvalidFile(header.file().path() + ": tensor 'v.patch_embd.weight' is " + type
                            + ", and llama.cpp cuts patches with F32 and F16 only");
                }
            }
            default -> {}
        }
        String matrix = switch (kind) {
            case "qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger" -> "mm.0.weight";
            case "idefics3" -> "mm.model.fc.weight";
            case "internvl" -> "mm.model.mlp.1.weight";
            case "pixtral", "lightonocr" -> header.hasTensor(MERGER) ? MERGER : "";
            default -> "";
        };
        if (matrix.equals(MERGER)) {
            header.vector("mm.input_norm.weight", width);
        }
        if (kind.equals("gemma3")) {
            header.vector("mm.soft_emb_norm.weight", width);
            String projection = "mm.input_projection.weight";
            header.matrix(projection, header.dimensions(projection).ne0(), width);
        }
        if (!matrix.isEmpty() && header.dimensions(matrix).ne0() != width * merge * merge) {
            throw new InvalidFile(header.file().path() + ": tensor '" + matrix + "' is "
                    + header.tensor(matrix).shape() + ", which does not go with a width of " + width + " and "
                    + merge + " by " + merge + " patches that become one");
        }
    }

    /// Towers whose pictures are all of one size, with a position for each patch.
    private void checkGrid(long side, long merge) {
        long merged = kind.equals("gemma3") // 4 where the file does not say
                ? header.count("projector.scale_factor", 1, MOST_MERGED).orElse(4)
                : merge;
        switch (kind) {
            case "gemma3", "idefics3", "internvl", "janus_pro" -> {
                if (header.hasTensor("v.position_embd.weight")) {
                    header.matrix("v.position_embd.weight", width, side * side + (kind.equals("internvl") ? 1 : 0));
                }
                if (side % merged != 0) {
                    throw new InvalidFile(header.file().path() + ": clip.vision.image_size asks for " + side
                            + " patches a side, of which " + merged + " become one");
                }
            }
            default -> {}
        }
    }

    /// The two matrices of a projector, where they have these names.
    private void checkProjector() {
        switch (kind) {
            case "qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger" -> follow("mm.0", "mm.2");
            case "internvl" -> follow("mm.model.mlp.1", "mm.model.mlp.3");
            case "pixtral", "lightonocr" -> follow("mm.1", "mm.2");
            default -> {}
        }
    }

    private void follow(String first, String second) {
        Dimensions one = header.dimensions(first + ".weight");
        Dimensions two = header.dimensions(second + ".weight");
        header.matrix(first + ".weight", one.ne0(), one.ne1());
        header.matrix(second + ".weight", one.ne1(), two.ne1());
        header.optionalVector(first + ".bias", one.ne1());
        header.optionalVector(second + ".bias", two.ne1());
    }

    private void need(TowerKind which, Trait trait, String name) {
        if (which.is(trait)) {
            header.tensor(name);
        }
    }

    private void attention(TowerKind which, String block) {
        boolean fused = header.hasTensor(block + "attn_qkv.weight");
        if (which.is(Trait.FUSED) || (fused && which.is(Trait.ATTENTION))) {
            header.tensor(block + "attn_qkv.weight");
            need(which, Trait.FUSED, block + "attn_qkv.bias");
        } else if (which.is(Trait.SEPARATE) || which.is(Trait.ATTENTION)) {
            for (String part : new String[] {"attn_q", "attn_k", "attn_v"}) {
                header.tensor(block + part + ".weight");
                need(which, Trait.BIASES, block + part + ".bias");
            }
        }
    }

    private void plain(String block) {
        long size = headSize > 0 ? headSize : width / heads;
        if (headSize == 0 && width % heads != 0) {
            throw header.wrong("attention.head_count", heads, "a width of " + width);
        }
        for (String norm : new String[] {"ln1", "ln2"}) {
            header.optionalVector(block + norm + ".weight", width);
            header.optionalVector(block + norm + ".bias", width);
        }
        header.optionalMatrix(block + "attn_qkv.weight", width, (heads + 2 * groups) * size);
        header.optionalVector(block + "attn_qkv.bias", (heads + 2 * groups) * size);
        linear(block + "attn_q", width, heads * size);
        linear(block + "attn_k", width, groups * size);
        linear(block + "attn_v", width, groups * size);
        linear(block + "attn_out", heads * size, width);
        feedForward(block);
    }

    private void linear(String name, long inputs, long outputs) {
        header.optionalMatrix(name + ".weight", inputs, outputs);
        header.optionalVector(name + ".bias", outputs);
    }

    /// Old files have `up` and `down` the other way round.
    void feedForward(String block) {
        Dimensions up = header.dimensions(block + "ffn_up.weight");
        Dimensions down = header.dimensions(block + "ffn_down.weight");
        boolean turned = up.ne0() == down.ne1() && up.ne1() == down.ne0();
        if (!turned || (up.ne0() != width && down.ne0() != width)) {
            throw new InvalidFile(header.file().path() + ": tensors '" + block + "ffn_up.weight' and '" + block
                    + "ffn_down.weight' do not fit a width of " + width);
        }
        header.optionalVector(block + "ffn_up.bias", up.ne1());
        header.optionalVector(block + "ffn_down.bias", down.ne1());
        if (header.hasTensor(block + "ffn_gate.weight")) {
            GgufTensor gate = header.tensor(block + "ffn_gate.weight");
            if (!Dimensions.of(gate).equals(up) && !Dimensions.of(gate).equals(down)) {
                throw new InvalidFile(header.file().path() + ": tensor '" + gate.name() + "' is " + gate.shape()
                        + ", unlike '" + block + "ffn_up.weight'");
            }
        }
    }
}
