package io.vlm4j.load;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;

/// Pictures that no cache has met: coloured shapes at random places.
final class Pictures {
    private static final int SHAPES = 12;

    private final Random random;
    private final int size;

    Pictures(long seed, int size) {
        this.random = new Random(seed);
        this.size = size;
    }

    /// A PNG as a `data:` address.
    String next() {
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D brush = image.createGraphics();
        for (int i = 0; i < SHAPES; i++) {
            brush.setColor(new Color(random.nextInt(1 << 24)));
            int width = 1 + random.nextInt(size);
            int height = 1 + random.nextInt(size);
            if (random.nextBoolean()) {
                brush.fillOval(random.nextInt(size), random.nextInt(size), width, height);
            } else {
                brush.fillRect(random.nextInt(size), random.nextInt(size), width, height);
            }
        }
        brush.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", png);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
    }
}
