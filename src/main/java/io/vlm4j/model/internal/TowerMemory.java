package io.vlm4j.model.internal;

import io.vlm4j.gguf.GgufFile;
import io.vlm4j.gguf.GgufTensor;
import io.vlm4j.model.ProjectorOptions;
import java.nio.file.Path;

/// How much memory a projector and its encodings take, by what its header says.
///
/// What an encoding takes is a bound: measured towers took 0.6 to 1.07 of it (`MemoryEstimateTest`).
///
/// @param weights    bytes of all tensors
/// @param width      of the vision tower; 0 when there is none
/// @param heads      of its attention
/// @param hidden     width between the matrices of its feed-forward networks
/// @param patchSize  pixels a side
/// @param imageSize  pixels a side, where pictures are all of one size
/// @param merge      patches a side that become one token
/// @param mostTokens of a picture, where its size counts; 0 where pictures are all of one size
/// @param windowed   whether there is a mask of patches times patches
public record TowerMemory(
        long weights,
        long width,
        long heads,
        long hidden,
        long patchSize,
        long imageSize,
        long merge,
        long mostTokens,
        boolean windowed) {
    private static final int FLOAT = 4;
    private static final int COLOURS = 3;
    private static final long WHISPER_POSITIONS = 1500; // of a window of 30 seconds

    /// Reads the header of a projector.
    public static TowerMemory of(Path path) {
        try (GgufFile file = GgufFile.open(path)) {
            return of(file);
        }
    }

    static TowerMemory of(GgufFile file) {
        long weights =
                file.tensors().values().stream().mapToLong(GgufTensor::byteSize).sum();
        boolean sees = ProjectorFile.sees(file);
        String kind = sees ? ProjectorFile.type(file, "vision") : "";
        FileHeader header = new FileHeader(file, sees ? "clip.vision." : "clip.audio.");
        return new TowerMemory(
                weights,
                count(header, "embedding_length", 0),
                count(header, "attention.head_count", 1),
                count(header, "feed_forward_length", 0),
                sees ? Math.max(1, count(header, "patch_size", 1)) : 1,
                sees ? count(header, "image_size", 0) : 0,
                sees ? merge(header, kind) : 1,
                sees ? mostTokens(kind) : 0,
                count(header, "n_wa_pattern", 0) > 0);
    }

    private static long count(FileHeader header, String key, long otherwise) {
        return header.count(key, 0, Integer.MAX_VALUE).orElse(otherwise);
    }

    private static long merge(FileHeader header, String kind) {
        long otherwise = kind.startsWith("qwen") ? 2 : 1;
        return Math.max(
                count(header, "projector.scale_factor", otherwise), count(header, "spatial_merge_size", otherwise));
    }

    /// Where a picture's size decides how many patches there are; `set_limit_image_tokens` of clip.cpp.
    static long mostTokens(String kind) {
        return switch (kind) {
            case "qwen2vl_merger",
                    "qwen2.5vl_merger",
                    "qwen3vl_merger",
                    "qwen2.5o",
                    "glm4v",
                    "kimik25",
                    "muse-glimmer" -> 4096;
            case "pixtral", "lightonocr", "kimivl" -> 1024;
            case "gemma4v", "gemma4uv" -> 1120;
            case "lfm2" -> 256;
            case "hunyuanvl" -> 16_384;
            case "youtuvl" -> 62_500;
            case "minimax_m3" -> 576;
            case "dots_ocr", "dots3note_v", "paddleocr", "phi4", "mimovl", "exaone4_5" -> 16_384;
            default -> 0;
        };
    }

    /// Whether a picture's size decides what its encoding takes.
    public boolean isDynamic() {
        return mostTokens > 0;
    }

    /// Bytes that an encoding takes at most: of a picture of the most tokens, or of the one size that pictures have.
    public double largestEncoding(ProjectorOptions options) {
        return encoding(options.maxImageTokens() > 0 ? options.maxImageTokens() : mostTokens);
    }

    /// Bytes that an encoding of so many tokens takes, which count only where [#isDynamic()].
    public double encoding(long tokens) {
        double side = (double) imageSize / patchSize;
        double patches = isDynamic() ? (double) tokens * merge * merge : side * side + 1;
        if (imageSize == 0 && !isDynamic()) {
            patches = WHISPER_POSITIONS;
        }
        double pixels = patches * patchSize * patchSize;
        double picture = FLOAT * COLOURS * pixels;
        double stem = picture + 2 * COLOURS * pixels + 2.5 * FLOAT * patches * width; // convolution on 2-byte columns
        double layer = FLOAT * patches * (hidden + 4.0 * width);
        double mask = windowed ? 6 * patches * patches : 0; // in F32 and F16
        return Math.max(stem, layer) + mask + (1 + FLOAT) * COLOURS * pixels; // and the picture as it is prepared
    }
}
