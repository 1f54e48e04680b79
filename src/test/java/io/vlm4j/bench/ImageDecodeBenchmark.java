package io.vlm4j.bench;

import com.sun.management.ThreadMXBean;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.natives.shim.Images;
import io.vlm4j.runtime.NativeRuntime;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// What [ImageInput#decode()] of a 12-megapixel JPEG file costs beyond the native decoder alone.
///
/// Budget: 1.2 times its time, 100 KB of heap garbage, native memory back to the start after 50 pictures. Prints
/// one line of JSON. Run with `java -cp ... io.vlm4j.bench.ImageDecodeBenchmark [ROUNDS]`.
public final class ImageDecodeBenchmark {
    private static final int WIDTH = 4000;
    private static final int HEIGHT = 3000;
    private static final int WARM_UP = 5;
    private static final int DECODES_FOR_MEMORY = 50;

    private ImageDecodeBenchmark() {}

    public static void main(String[] args) throws IOException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 25;
        NativeRuntime.load();
        byte[] jpeg = jpeg(picture());
        Path file = Files.createTempFile("vlm4j-benchmark", ".jpg");
        file.toFile().deleteOnExit(); // a run that is stopped leaves nothing either
        try (Arena arena = Arena.ofConfined()) {
            Files.write(file, jpeg);
            measure(ImageInput.of(file), arena.allocateFrom(ValueLayout.JAVA_BYTE, jpeg), rounds);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    @SuppressWarnings("SystemOut")
    private static void measure(ImageInput input, MemorySegment encoded, int rounds) throws IOException {
        double[] whole = new double[rounds];
        double[] alone = new double[rounds];
        double[] ratio = new double[rounds];
        for (int i = -WARM_UP; i < rounds; i++) {
            // by turns, and each first every other time, so that a slow moment of the machine meets both
            double first = i % 2 == 0 ? millisOfDecode(input) : millisOfNative(encoded);
            double second = i % 2 == 0 ? millisOfNative(encoded) : millisOfDecode(input);
            if (i >= 0) {
                whole[i] = i % 2 == 0 ? first : second;
                alone[i] = i % 2 == 0 ? second : first;
                ratio[i] = whole[i] / alone[i];
            }
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        input.decode().close();
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        long residentBefore = residentKilobytes();
        for (int i = 0; i < DECODES_FOR_MEMORY; i++) {
            input.decode().close();
        }
        long residentAfter = residentKilobytes();
        System.out.println(String.format(
                Locale.ROOT,
                "{\"jpeg_bytes\": %d, \"decode_ms\": %.2f, \"native_ms\": %.2f, \"ratio\": %.3f, "
                        + "\"heap_bytes\": %d, \"rss_before_kb\": %d, \"rss_after_%d_kb\": %d}",
                encoded.byteSize(),
                median(whole),
                median(alone),
                median(ratio),
                allocated,
                residentBefore,
                DECODES_FOR_MEMORY,
                residentAfter));
    }

    private static double millisOfDecode(ImageInput input) {
        long start = System.nanoTime();
        Pixels pixels = input.decode();
        pixels.close();
        return millisSince(start, pixels.width());
    }

    private static double millisOfNative(MemorySegment encoded) {
        long start = System.nanoTime();
        Images.Decoded decoded = Images.decode(encoded, Long.MAX_VALUE, 1);
        decoded.arena().close();
        return millisSince(start, decoded.width());
    }

    private static double millisSince(long start, int width) {
        double millis = (System.nanoTime() - start) / 1e6;
        if (width != WIDTH) {
            throw new AssertionError("a picture of width " + width);
        }
        return millis;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// Resident memory of this process, or -1 where `/proc` does not tell.
    private static long residentKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(-1);
    }

    /// Soft shapes of several sizes with a little noise: what a photograph is to a JPEG decoder.
    private static BufferedImage picture() {
        Random random = new Random(12);
        double[][] waves = new double[3 * 12][4];
        for (int i = 0; i < waves.length; i++) {
            double scale = Math.pow(2, i % 12) / 6000;
            waves[i] = new double[] {
                random.nextGaussian() * scale,
                random.nextGaussian() * scale,
                random.nextDouble() * 6.3,
                90.0 / (2 + i % 12)
            };
        }
        BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
        int[] row = new int[WIDTH * 3];
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                double grain = random.nextGaussian() * 3;
                for (int c = 0; c < 3; c++) {
                    double value = 128 + grain;
                    for (int k = c * 12; k < (c + 1) * 12; k++) {
                        value += waves[k][3] * Math.sin(waves[k][0] * x + waves[k][1] * y + waves[k][2]);
                    }
                    row[x * 3 + c] = (int) Math.clamp(value, 0, 255);
                }
            }
            picture.getRaster().setPixels(0, y, WIDTH, 1, row);
        }
        return picture;
    }

    private static byte[] jpeg(BufferedImage picture) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam quality = writer.getDefaultWriteParam();
        quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        quality.setCompressionQuality(0.9f);
        ByteArrayOutputStream encoded = new ByteArrayOutputStream();
        try (var output = new MemoryCacheImageOutputStream(encoded)) {
            writer.setOutput(output);
            writer.write(null, new IIOImage(picture, null, null), quality);
        } finally {
            writer.dispose();
        }
        return encoded.toByteArray();
    }
}
