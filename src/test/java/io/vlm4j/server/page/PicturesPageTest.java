package io.vlm4j.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

@Tag("browser")
@ExtendWith(OpenPage.class)
class PicturesPageTest {
    private static final Path APPLE = TestModels.sample("06-red_apple.png");
    private static final Path CAMEL = TestModels.sample("07-lifebuoy-camel.png");

    @TempDir
    private Path folder;

    @Test
    void aDroppedPictureGoesWithTheQuestionAsItIs(PageDriver page, FakeApi api) throws Exception {
        page.drop(APPLE);
        page.awaitThumbnails(1);
        page.awaitText("#announcer", "Added 06-red_apple.png.");
        page.shoot("picture");
        page.ask("What is this?");

        try (Asked asked = api.next()) {
            assertThat(asked.parts("image_url")).hasSize(1);
            assertThat(bytes(asked.parts("image_url").getFirst())).isEqualTo(Files.readAllBytes(APPLE));
            assertThat(asked.question()).isEqualTo("What is this?");
            asked.say("An apple.").finish();
        }
        page.awaitEnd();
        assertThat(page.count("#tray li")).isZero();
        assertThat(page.isShown(".plate .picture")).isTrue();

        page.ask("Which colour?");
        try (Asked asked = api.next()) {
            assertThat(asked.body().at("/messages/0/content/0/type").asString()).isEqualTo("image_url");
            assertThat(asked.body().path("messages").size()).isEqualTo(3);
            assertThat(asked.question()).isEqualTo("Which colour?");
        }
        assertThat(page.complaints("500")).isEmpty();
        assertThat(page.foreignRequests()).isEmpty();
    }

    @Test
    void picturesArePastedAndChosenAndTakenOffAgain(PageDriver page, FakeApi api) throws Exception {
        page.paste(APPLE);
        page.awaitThumbnails(1);
        page.choose(CAMEL);
        page.awaitThumbnails(2);
        page.drop(APPLE, CAMEL);
        page.awaitThumbnails(4);

        page.click("#tray li:first-child button");
        page.awaitThumbnails(3);
        assertThat(page.focus()).isEqualTo("Remove 07-lifebuoy-camel.png");
        page.press(Keys.ENTER);
        page.awaitThumbnails(2);
        page.ask("Compare.");

        try (Asked asked = api.next()) {
            assertThat(asked.parts("image_url")).hasSize(2);
            assertThat(bytes(asked.parts("image_url").getFirst())).isEqualTo(Files.readAllBytes(APPLE));
            assertThat(bytes(asked.parts("image_url").getLast())).isEqualTo(Files.readAllBytes(CAMEL));
        }
    }

    @Test
    void largePicturesAreMadeSmaller(PageDriver page, FakeApi api) throws Exception {
        Path large = folder.resolve("large.png");
        ImageIO.write(new BufferedImage(3000, 1500, BufferedImage.TYPE_INT_RGB), "png", large.toFile());
        page.drop(large);
        page.awaitThumbnails(1);
        page.ask("What is this?");

        try (Asked asked = api.next()) {
            BufferedImage sent = decoded(asked.parts("image_url").getFirst());
            assertThat(sent.getWidth()).isEqualTo(2048);
            assertThat(sent.getHeight()).isEqualTo(1024);
        }
    }

    /// The left half is red; its EXIF data says that it lies on its side.
    @Test
    void whatExifSaysOfTheOrientationIsHeeded(PageDriver page, FakeApi api) throws Exception {
        Path turned = folder.resolve("turned.jpg");
        BufferedImage image = new BufferedImage(400, 200, BufferedImage.TYPE_INT_RGB);
        for (int x = 0; x < 200; x++) {
            for (int y = 0; y < 200; y++) {
                image.setRGB(x, y, 0xff0000);
            }
        }
        ImageIO.write(image, "jpg", turned.toFile());
        Files.write(turned, turnedRight(Files.readAllBytes(turned)));
        page.click("#open-settings");
        page.fill("[name=longestEdge]", "100");
        page.clickText("Done");

        page.drop(turned);
        page.awaitThumbnails(1);
        page.ask("What is this?");

        try (Asked asked = api.next()) {
            BufferedImage sent = decoded(asked.parts("image_url").getFirst());
            assertThat(sent.getWidth()).isEqualTo(50);
            assertThat(sent.getHeight()).isEqualTo(100);
            assertThat(sent.getRGB(25, 10) >> 16 & 0xff).isGreaterThan(200);
            assertThat(sent.getRGB(25, 90) >> 16 & 0xff).isLessThan(50);
        }
    }

    @Test
    void otherFormatsAreSentAsOneThatEveryServerReads(PageDriver page, FakeApi api) throws Exception {
        Path drawing = Files.writeString(folder.resolve("drawing.svg"), """
                <svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>
                """);
        page.drop(drawing);
        page.awaitThumbnails(1);
        page.ask("What is this?");

        try (Asked asked = api.next()) {
            assertThat(decoded(asked.parts("image_url").getFirst()).getWidth()).isEqualTo(20);
        }
    }

    @Test
    void whatIsNoPictureIsRefusedByName(PageDriver page) throws Exception {
        page.drop(Files.writeString(folder.resolve("notes.txt"), "no picture"));

        page.awaitText("#notice", "“notes.txt” cannot be read as a picture.");
        assertThat(page.count("#tray li")).isZero();
        assertThat(page.isShown("#send:disabled")).isTrue();
    }

    @Test
    void theCameraTakesAPicture(PageDriver page, FakeApi api) throws Exception {
        page.click(".tools [data-camera]");
        page.await("the camera's picture", () ->
                (boolean) page.script("return document.getElementById('viewfinder').videoWidth > 0"));
        page.click("#shutter");
        page.awaitThumbnails(1);

        assertThat(page.isOpen("#camera")).isFalse();
        assertThat(page.script("return document.getElementById('viewfinder').srcObject"))
                .isNull();
        page.ask("Who is this?");
        try (Asked asked = api.next()) {
            assertThat(asked.parts("image_url").getFirst().at("/image_url/url").asString())
                    .startsWith("data:image/jpeg;base64,");
        }
    }

    @Test
    void pointingAtAWordShowsWhereTheModelLooked(PageDriver page, FakeApi api) throws Exception {
        page.drop(CAMEL);
        page.awaitThumbnails(1);
        page.ask("What is in this picture?");
        try (Asked asked = api.next()) {
            asked.say("a **lifebuoy** and a camel").finish();
        }
        page.awaitEnd();
        page.clickText("Where did it look?");
        try (Asked asked = api.next()) {
            assertThat(asked.path()).isEqualTo("/vlm4j/attention");
            assertThat(asked.parts("image_url")).hasSize(1);
            assertThat(asked.body().path("messages").size()).isEqualTo(1);
            assertThat(asked.body().has("stream")).isFalse();
            asked.json("""
                    {"text": "a lifebuoy and a camel", "words": [
                     {"text": "lifebuoy", "heatmap": "%s"}, {"text": "camel", "heatmap": "%s"}]}
                    """.formatted(uri("docs/attend-lifebuoy.png"), uri("docs/attend-camel.png")));
        }
        page.await("the words", () -> page.isShown(".looking"));
        assertThat(page.text(".looking p")).doesNotContain("asked again");
        assertThat(page.focus()).isEqualTo("lifebuoy");
        page.press(Keys.ARROW_RIGHT);

        assertThat(page.focus()).isEqualTo("camel");
        assertThat(page.attribute(".heat", "src")).isEqualTo(uri("docs/attend-camel.png"));
        assertThat(page.attribute(".heat", "alt")).isEqualTo("Heat map for “camel”");
        assertThat(page.text(".plate figcaption")).contains("camel");
        page.hover(".word:first-of-type");
        assertThat(page.attribute(".heat", "src")).isEqualTo(uri("docs/attend-lifebuoy.png"));
        page.awaitStill();
        page.shoot("heat");

        page.clickText("Where did it look?");
        assertThat(page.isShown(".looking")).isFalse();
        assertThat(page.answer()).isEqualTo("a lifebuoy and a camel");
        assertThat(page.count(".hot")).isZero();
        assertThat(page.complaints()).isEmpty();
    }

    private static byte[] bytes(JsonNode part) {
        String uri = part.at("/image_url/url").asString();
        return Base64.getDecoder().decode(uri.substring(uri.indexOf(',') + 1));
    }

    private static BufferedImage decoded(JsonNode part) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(bytes(part)));
    }

    private static String uri(String file) throws IOException {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(file)));
    }

    /// A JPEG file with an EXIF segment put before all others: orientation 6, a quarter turn clockwise.
    private static byte[] turnedRight(byte[] jpeg) {
        byte[] exif = Base64.getDecoder().decode("/+EAIkV4aWYAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA");
        byte[] turned = new byte[jpeg.length + exif.length];
        System.arraycopy(jpeg, 0, turned, 0, 2);
        System.arraycopy(exif, 0, turned, 2, exif.length);
        System.arraycopy(jpeg, 2, turned, 2 + exif.length, jpeg.length - 2);
        return turned;
    }
}
