package io.vlm4j.torture.target;

import io.vlm4j.media.ImageHeader;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.EmbeddingCache;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.ProjectorOptions;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.torture.mutate.ByteMutator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/// Decodes pictures, and encodes those that are not large.
final class ImageTarget extends Target {
    private static final List<String> NAMES = List.of(
            "animated.gif",
            "interlaced.gif",
            "palette.gif",
            "baseline-420.jpg",
            "cmyk.jpg",
            "gray.jpg",
            "progressive.jpg",
            "restart.jpg",
            "bilevel.bmp",
            "palette.bmp",
            "rgb.bmp",
            "bilevel.png",
            "gray-alpha.png",
            "gray.png",
            "rgb16.png",
            "palette-transparent.png",
            "palette.png",
            "lossless-alpha.webp",
            "lossless-animated.webp",
            "lossless-orientation-6.webp",
            "lossy.webp");

    private static final int HOT = 256;
    private static final int SMALL = 512;

    private final List<byte[]> goods = NAMES.stream().map(ImageTarget::resource).toList();
    private final ByteMutator big = new ByteMutator(ByteOrder.BIG_ENDIAN);
    private final ByteMutator little = new ByteMutator(ByteOrder.LITTLE_ENDIAN);
    private final Model model;
    private final Projector projector;

    ImageTarget(SeedFiles seeds) {
        model = Model.open(seeds.tinyModel());
        try {
            projector = model.openProjector(
                    seeds.tinyProjector(),
                    ProjectorOptions.builder()
                            .threads(1)
                            .cache(EmbeddingCache.none())
                            .build());
        } catch (Throwable t) {
            model.close();
            throw t;
        }
    }

    private static byte[] resource(String name) {
        try (InputStream file = ImageTarget.class.getResourceAsStream("/io/vlm4j/torture/images/" + name)) {
            if (file == null) {
                throw new IllegalStateException("the picture " + name + " is missing");
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] mutate(RandomGenerator random) {
        byte[] good = goods.get(random.nextInt(goods.size()));
        int hot = random.nextBoolean() ? Math.min(HOT, good.length) : good.length;
        byte[] bad = (random.nextBoolean() ? big : little).mutate(good, hot, List.of(), random);
        return random.nextBoolean() ? PngChecksums.repaired(bad) : bad;
    }

    @Override
    public void use(Path input) throws IOException {
        byte[] bytes = Files.readAllBytes(input);
        ImageHeader header = ImageHeader.read(bytes);
        ImageInput image = bytes.length % 2 == 0 ? ImageInput.of(bytes) : ImageInput.of(input);
        try (Pixels pixels = image.decode()) {
            pixels.sha256();
        }
        if (header.width() <= SMALL && header.height() <= SMALL) {
            try (Tensor _ = projector.encode(image)) {
                // what it holds is of no interest
            }
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
