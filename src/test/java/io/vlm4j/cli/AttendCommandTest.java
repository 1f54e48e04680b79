package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@Tag("native")
@Tag("model")
class AttendCommandTest {
    private static final String PHONE = TestModels.sample("02-phone-toilet.png").toString();
    private static final String LEFT = "What is on the left?";

    @TempDir
    private Path folder;

    private List<String> files(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void eachWordBecomesAPictureAndAllOfThemAPage() throws IOException {
        Path out = folder.resolve("new/out");
        CommandRun run = CommandRun.of("attend", PHONE, "--prompt", LEFT, "--out", out.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("a phone\n").endsWith("see " + out.resolve("index.html") + "\n");
        assertThat(files(out)).containsExactly("01-a.png", "02-phone.png", "index.html");
        assertThat(ImageIO.read(out.resolve("02-phone.png").toFile()).getWidth())
                .isEqualTo(336);
        String page = Files.readString(out.resolve("index.html"));
        assertThat(page)
                .contains("<h1>" + LEFT + "</h1>", "color-scheme: light dark")
                .contains("alt=\"heat map for the word “phone”: brightest at the left")
                .doesNotContainPattern("(src|href)=\"(?!data:)")
                .doesNotContain("http://", "https://", "<script");
        assertThat(page.split("<img ", -1)).hasSize(1 + 3); // the picture and two words
    }

    @Test
    void jsonHasTheDocumentedShape() {
        CommandRun run =
                CommandRun.of("attend", PHONE, "-p", LEFT, "-o", folder.toString(), "--recipe", "contrast", "--json");

        JsonNode document = run.json();
        assertThat(document.propertyNames())
                .containsExactly(
                        "model",
                        "mmproj",
                        "prompt",
                        "image",
                        "recipe",
                        "page",
                        "answer",
                        "words",
                        "finish_reason",
                        "usage",
                        "timings_ms");
        JsonNode word = document.get("words").get(1);
        assertThat(word.propertyNames()).containsExactly("text", "file", "image_share", "columns", "rows", "map");
        assertThat(word.get("map").size()).isEqualTo(64);
        assertThat(Path.of(word.get("file").asString())).exists();
    }

    @Test
    void textsFromOutsideAreEscapedAndNamesArePlain() throws IOException {
        CommandRun run = CommandRun.of(
                "attend",
                PHONE,
                "-p",
                "<script>alert('x')</script> & \"Describe\" this image as JSON.",
                "-o",
                folder.toString(),
                "--size",
                "64");

        assertThat(run.code()).isZero();
        assertThat(Files.readString(folder.resolve("index.html")))
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Describe&quot;")
                .doesNotContain("<script");
        assertThat(files(folder)).allMatch(name -> name.matches("\\d\\d-[a-z0-9-]*\\.png|index\\.html"));
    }

    @Test
    void wrongUseIsToldApart() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.png"), "no picture");
        Path inTheWay = Files.writeString(folder.resolve("file"), "");
        String out = folder.resolve("out").toString();

        assertThat(CommandRun.of("attend", PHONE).code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("attend", "--out", out).code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("attend", PHONE, "-o", out, "-p", " ").code()).isEqualTo(ExitCode.PROMPT);
        assertThat(CommandRun.of("attend", PHONE, "-o", out, "--size", "0").code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("attend", PHONE, "-o", out, "--recipe", "magic")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("attend", PHONE, "-o", out, "--max-tokens", "0")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("attend", bad.toString(), "-o", out).code()).isEqualTo(ExitCode.IMAGE);
        assertThat(CommandRun.of("attend", "nowhere.png", "-o", out).code()).isEqualTo(ExitCode.IMAGE);
        assertThat(CommandRun.of("attend", PHONE, "-o", inTheWay.toString()).code())
                .isEqualTo(ExitCode.FAILURE);
    }
}
