package io.vlm4j.model.internal;

import io.vlm4j.gguf.GgufArray;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.gguf.GgufValue;
import io.vlm4j.model.Tiling;
import io.vlm4j.model.Tiling.Kind;
import java.util.List;
import java.util.Optional;

/// Reads what LLaVA-NeXT needs out of a projector file.
public final class TilingRules {
    private static final String PINPOINTS = "clip.vision.image_grid_pinpoints";
    private static final String MERGE_TYPE = "clip.vision.mm_patch_merge_type";
    private static final String UNPADDED = "spatial_unpad";

    private static final int MOST_TILES = 1000; // of a picture; published models have 4

    /// llama.cpp's name, and that of files made before it had one.
    private static final List<String> NEWLINES = List.of("v.image_newline", "model.image_newline");

    private static final String SEPARATE =
            "; llama.cpp's tiles are used, which are not as the model was trained: those of a large picture one after"
                    + " the other without their ends of rows, the whole picture last";

    private TilingRules() {}

    public static Tiling of(GgufFile file) {
        long[] pinpoints = pinpoints(file);
        Optional<GgufTensor> newline = newline(file);
        if (!type(file).equals("mlp") || (pinpoints.length == 0 && newline.isEmpty())) {
            return new Tiling(Kind.NONE, "");
        }
        if (pinpoints.length == 0) {
            return new Tiling(
                    Kind.NONE,
                    "the file has " + newline.orElseThrow().name() + " as LLaVA-NeXT does, but no " + PINPOINTS
                            + "; pictures are seen as one padded square, which is not as the model was trained");
        }
        if (newline.isEmpty()) {
            return separate("the file has " + PINPOINTS + " as LLaVA-NeXT does, but no tensor " + NEWLINES.getFirst());
        }
        GgufTensor row = newline.get();
        if (row.type().dtype().isEmpty()) {
            return separate(
                    "tensor " + row.name() + " is quantized (" + row.type().label() + "), which a single row is not");
        }
        String merge = file.string(MERGE_TYPE).orElse(UNPADDED);
        if (!merge.equals(UNPADDED)) {
            return separate(MERGE_TYPE + " is '" + merge + "', not '" + UNPADDED + "'");
        }
        return grid(file, pinpoints);
    }

    private static Tiling grid(GgufFile file, long... pinpoints) {
        long size = file.integer("clip.vision.image_size").orElse(0);
        long patch = file.integer("clip.vision.patch_size").orElse(0);
        if (size < 1 || patch < 1) {
            return separate("the file has no image_size or patch_size");
        }
        for (int i = 0; i < pinpoints.length; i += 2) {
            long width = pinpoints[i];
            long height = pinpoints[i + 1];
            if (width < 1 || height < 1 || width % size != 0 || height % size != 0) {
                return separate(
                        PINPOINTS + " has " + width + "x" + height + ", which is no multiple of image_size " + size);
            }
            if (width / size > MOST_TILES || height / size > MOST_TILES / (width / size)) {
                return separate(
                        PINPOINTS + " has " + width + "x" + height + ", which are more than " + MOST_TILES + " tiles");
            }
        }
        return new Tiling(Kind.MERGED, "");
    }

    private static Tiling separate(String lacks) {
        return new Tiling(Kind.SEPARATE, lacks + SEPARATE);
    }

    /// Pairs of width and height; none when there are no such pairs.
    static long[] pinpoints(GgufFile file) {
        return file.value(PINPOINTS)
                .filter(value -> value instanceof GgufArray array && array.size() % 2 == 0)
                .map(GgufValue::asLongs)
                .orElse(new long[0]);
    }

    static Optional<GgufTensor> newline(GgufFile file) {
        return NEWLINES.stream().flatMap(name -> file.tensor(name).stream()).findFirst();
    }

    private static String type(GgufFile file) {
        return file.string("clip.projector_type")
                .or(() -> file.string("clip.vision.projector_type"))
                .orElse("");
    }
}
