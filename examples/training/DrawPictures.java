import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;

/// Draws pictures of single things and writes what they show: a dataset to train the bundled model with.
///
/// `java DrawPictures.java EMOJI.tgz CONCEPTS.txt OUT COUNT SEED [STYLE]`
///
/// `EMOJI.tgz` is the npm package `emoji-datasource-twitter`, and `CONCEPTS.txt` a name a line. In `OUT` come
/// `00000.png` and so on, 112x112 pixels, each a concept at a random place and size on one of six colours, and
/// `data.jsonl` with a question and its answer for each. `STYLE` is what the answer looks like, by default `%s`; `%s`
/// is the name with its article, as in "a red apple". The same arguments give the same files.
public final class DrawPictures {
    private static final int SIDE = 112;
    private static final int LEAST = 56;
    private static final int MOST = 96;
    private static final int BLOCK = 512; // of a tar file
    private static final String PACKAGE = "package/";
    private static final String PICTURES = PACKAGE + "img/twitter/64/";
    private static final Color[] GROUNDS = {
        Color.WHITE,
        new Color(255, 220, 230),
        new Color(210, 230, 255),
        new Color(220, 250, 220),
        new Color(255, 250, 205),
        new Color(230, 230, 230)
    };

    private DrawPictures() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 5) {
            System.err.println("usage: java DrawPictures.java EMOJI.tgz CONCEPTS.txt OUT COUNT SEED [STYLE]");
            System.exit(2);
        }
        Map<String, byte[]> files = unpacked(Path.of(args[0]));
        Map<String, byte[]> pictures = byConcept(files, Files.readAllLines(Path.of(args[1])));
        String style = args.length > 5 ? args[5] : "%s";
        draw(pictures, Path.of(args[2]), Integer.parseInt(args[3]), Long.parseLong(args[4]), style);
        System.out.println(args[3] + " pictures of " + pictures.size() + " things in " + args[2]);
    }

    private static void draw(Map<String, byte[]> pictures, Path out, int count, long seed, String style)
            throws IOException {
        List<String> concepts = pictures.keySet().stream().sorted().toList();
        Files.createDirectories(out);
        Random random = new Random(seed);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String concept = concepts.get(random.nextInt(concepts.size()));
            BufferedImage emoji = ImageIO.read(new ByteArrayInputStream(pictures.get(concept)));
            String file = String.format(Locale.ROOT, "%05d.png", i);
            ImageIO.write(picture(emoji, random), "png", out.resolve(file).toFile());
            String name = ("aeiou".indexOf(concept.charAt(0)) >= 0 ? "an " : "a ") + concept;
            lines.append("{\"image\": \"%s\", \"question\": \"What is shown in this image?\", \"answer\": \"%s\"}\n"
                    .formatted(file, style.formatted(name)));
        }
        Files.writeString(out.resolve("data.jsonl"), lines);
    }

    private static BufferedImage picture(BufferedImage emoji, Random random) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.setColor(GROUNDS[random.nextInt(GROUNDS.length)]);
        graphics.fillRect(0, 0, SIDE, SIDE);
        int size = LEAST + random.nextInt(MOST - LEAST);
        int x = random.nextInt(SIDE - size + 1);
        int y = random.nextInt(SIDE - size + 1);
        graphics.drawImage(emoji, x, y, size, size, null);
        graphics.dispose();
        return image;
    }

    /// The pictures of those concepts that Twitter's emoji have.
    private static Map<String, byte[]> byConcept(Map<String, byte[]> files, List<String> concepts) throws IOException {
        byte[] list = files.get(PACKAGE + "emoji.json");
        if (list == null) {
            throw new IOException("no emoji.json: this is not the npm package emoji-datasource-twitter");
        }
        Map<String, String> images = images(new String(list, StandardCharsets.UTF_8));
        Map<String, byte[]> found = new HashMap<>();
        for (String concept : concepts) {
            byte[] image = files.get(PICTURES + images.getOrDefault(concept.strip(), ""));
            if (image != null) {
                found.put(concept.strip(), image);
            }
        }
        return found;
    }

    /// Files of emoji by their names. Each begins with its name, and no name holds a quotation mark.
    private static Map<String, String> images(String json) {
        Map<String, String> images = new HashMap<>();
        Pattern emoji = Pattern.compile(
                "\\{\"name\":\"([^\"]*)\",\"unified\".*?\"image\":\"([^\"]+)\".*?\"short_names\":\\[([^\\]]*)\\]");
        Matcher matcher = emoji.matcher(json);
        while (matcher.find()) {
            for (String name : matcher.group(3).replace("\"", "").split(",")) {
                images.putIfAbsent(name.replace('_', ' '), matcher.group(2));
            }
            String name = matcher.group(1).toLowerCase(Locale.ROOT);
            images.put(name, matcher.group(2));
            images.putIfAbsent(name.replace(" face", ""), matcher.group(2));
        }
        return images;
    }

    /// The list of emoji and their pictures in a packed tar file.
    private static Map<String, byte[]> unpacked(Path tgz) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        byte[] header = new byte[BLOCK];
        try (DataInputStream in = new DataInputStream(new GZIPInputStream(Files.newInputStream(tgz)))) {
            while (true) {
                in.readFully(header);
                if (header[0] == 0) {
                    return files; // the end is a block of zeros
                }
                String name = text(header, 0, 100);
                String prefix = text(header, 345, 155);
                long size = Long.parseLong(text(header, 124, 12).strip(), 8);
                String path = prefix.isEmpty() ? name : prefix + "/" + name;
                if (path.startsWith(PICTURES) || path.equals(PACKAGE + "emoji.json")) {
                    byte[] content = new byte[Math.toIntExact(size)];
                    in.readFully(content);
                    files.put(path, content);
                } else {
                    in.skipNBytes(size);
                }
                in.skipNBytes(Math.floorMod(-size, BLOCK)); // files fill whole blocks
            }
        } catch (EOFException e) {
            return files;
        }
    }

    private static String text(byte[] bytes, int from, int length) {
        int end = from;
        while (end < from + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }
}
