package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The programs in `examples` run as their documentation says.
class ExamplesTest {
    private static final long PATIENCE_SECONDS = 120;
    private static final int BLOCK = 512;

    @TempDir
    Path folder;

    @Test
    void picturesAreDrawnTheSameEachTime() throws IOException, InterruptedException {
        Path emoji = folder.resolve("emoji.tgz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(emoji))) {
            String list = "[{\"name\":\"RED APPLE\",\"unified\":\"1F34E\",\"image\":\"1f34e.png\","
                    + "\"short_names\":[\"apple\"]}]";
            add(out, "package/LICENSE", "some text".getBytes(StandardCharsets.UTF_8));
            add(out, "package/emoji.json", list.getBytes(StandardCharsets.UTF_8));
            add(out, "package/img/twitter/64/1f34e.png", picture());
            out.write(new byte[2 * BLOCK]);
        }
        Path concepts = Files.writeString(folder.resolve("concepts.txt"), "red apple\nunicorn\n");

        draw(emoji, concepts, "one");
        draw(emoji, concepts, "two");

        assertThat(folder.resolve("one/data.jsonl"))
                .content()
                .isEqualTo("{\"image\": \"00000.png\", \"question\": \"What is shown in this image?\", "
                        + "\"answer\": \"I see a red apple!\"}\n");
        assertThat(folder.resolve("two/data.jsonl")).hasSameBinaryContentAs(folder.resolve("one/data.jsonl"));
        assertThat(folder.resolve("two/00000.png")).hasSameBinaryContentAs(folder.resolve("one/00000.png"));
    }

    private void draw(Path emoji, Path concepts, String out) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "examples/training/DrawPictures.java",
                        emoji.toString(),
                        concepts.toString(),
                        folder.resolve(out).toString(),
                        "1",
                        "7",
                        "I see %s!"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(folder.resolve("output")).content().contains("1 pictures of 1 things");
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB), "png", bytes);
        return bytes.toByteArray();
    }

    /// A file in a tar file.
    private static void add(OutputStream out, String name, byte[] content) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 124, "%011o".formatted(content.length));
        header[156] = '0';
        out.write(header);
        out.write(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
