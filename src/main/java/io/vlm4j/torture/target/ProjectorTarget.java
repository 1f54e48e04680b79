package io.vlm4j.torture.target;

import io.vlm4j.media.ImageInput;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/// Opens projectors for a small and for a real model, and encodes a picture with them.
final class ProjectorTarget extends FileTarget {
    /// What the texts of a file may say instead.
    private static final List<String> NAMES = List.of(
            "mlp",
            "ldp",
            "ldpv2",
            "resampler",
            "adapter",
            "qwen2vl_merger",
            "qwen2.5vl_merger",
            "qwen3vl_merger",
            "gemma3",
            "gemma3nv",
            "idefics3",
            "pixtral",
            "ultravox",
            "internvl",
            "llama4",
            "qwen2a",
            "qwen2.5o",
            "voxtral",
            "lfm2",
            "kimivl",
            "lightonocr",
            "cogvlm",
            "janus_pro",
            "glm4v",
            "glm_edge",
            "musicflamingo",
            "mlp_norm",
            "phi4",
            "jinaclip2",
            "clip",
            "llama",
            "flat",
            "spatial_unpad");

    private final Model tiny;
    private final Model real;

    ProjectorTarget(SeedFiles seeds, Path folder) {
        super(List.of(seeds.tinyProjector(), seeds.projector()), NAMES, folder);
        tiny = Model.open(seeds.tinyModel());
        try {
            real = Model.open(seeds.model());
        } catch (Throwable t) {
            tiny.close();
            throw t;
        }
    }

    @Override
    public void use(Path input) {
        RandomGenerator random = randomOf(input);
        Model model = input.toFile().length() > 1 << 20 ? real : tiny;
        ProjectorOptions options = ProjectorOptions.builder()
                .threads(1 + random.nextInt(2))
                .warmup(random.nextInt(4) == 0)
                .cache(EmbeddingCache.none())
                .build();
        try (Projector projector = model.openProjector(input, options)) {
            if (projector.seesImages()) {
                try (Tensor _ = projector.encode(picture(1 + random.nextInt(60), 1 + random.nextInt(60)))) {
                    // what it holds is of no interest
                }
            }
        }
    }

    static ImageInput picture(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * 37);
        }
        return ImageInput.ofRgb(width, height, java.nio.ByteBuffer.wrap(pixels));
    }

    @Override
    public void close() {
        tiny.close();
        real.close();
    }
}
