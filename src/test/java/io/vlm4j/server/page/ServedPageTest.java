package io.vlm4j.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.ServeProcess;
import io.vlm4j.testkit.TestModels;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/// The page as `./vlm4j serve` delivers it, with real answers.
@Tag("browser")
@Tag("native")
@Tag("model")
class ServedPageTest {
    private static final Path APPLE = TestModels.sample("06-red_apple.png");
    private static final Path CAMEL = TestModels.sample("07-lifebuoy-camel.png");
    private static final Path SEVERAL = TestModels.sample("11-skateboard-cat-traffic_light-money_bag.png");

    private static PageDriver page;
    private static ServeProcess server;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        page = PageDriver.open();
        server = ServeProcess.start("--attention", "-t", "1", "--temp", "0");
    }

    @AfterAll
    static void end() {
        page.close();
        server.close();
        assertThat(server.said()).doesNotContain("ERROR", "Exception");
    }

    private static void see(Path picture, String question) {
        page.drop(picture);
        page.awaitThumbnails(1);
        page.ask(question);
        page.awaitEnd();
    }

    @Test
    void aDroppedPictureIsAnsweredAndShowsWhereTheModelLooked() {
        page.load(server.address());
        see(CAMEL, "What is shown in this image?");
        assertThat(page.answer()).contains("lifebuoy").contains("camel");

        page.clickText("Where did it look?");
        page.await("the words", () -> page.isShown(".looking"));
        assertThat(page.text(".looking p")).doesNotContain("asked again");
        String first = page.attribute(".heat", "src");
        assertThat(first).startsWith("data:image/png;base64,");
        page.press(Keys.ARROW_RIGHT);
        page.press(Keys.ARROW_RIGHT);
        page.await("another map", () -> !page.attribute(".heat", "src").equals(first));
        page.awaitStill();
        page.shoot("served-light");

        page.prefer("prefers-color-scheme", "dark");
        page.awaitStill();
        page.shoot("served-dark");
        page.resize(360, 740);
        page.awaitStill();
        page.shoot("served-phone-dark");
        page.prefer("prefers-color-scheme", "light");
        page.awaitStill();
        page.shoot("served-phone");
        assertThat(page.script("return document.documentElement.scrollWidth")).isEqualTo(360L);
        assertThat(page.complaints()).isEmpty();
        assertThat(page.foreignRequests()).isEmpty();
    }

    @Test
    void severalPicturesAreAskedAboutTogetherAndOneAfterTheOther() {
        page.load(server.address());
        page.drop(APPLE, SEVERAL);
        page.awaitThumbnails(2);
        page.ask("What is shown in this image?");
        page.awaitEnd();
        assertThat(page.answer()).isNotEmpty();
        assertThat(page.text(".actions")).doesNotContain("Where did it look?"); // which can be told of one picture
        see(CAMEL, "What is shown in this image?");
        assertThat(page.answer()).isNotEmpty();

        page.clickText("Where did it look?");
        page.await("the words", () -> page.isShown(".looking"));
        assertThat(page.text(".looking p")).doesNotContain("asked again"); // it was the same conversation
        page.awaitStill();
        page.shoot("served-several");
        assertThat(page.complaints()).isEmpty();
    }

    @Test
    void theKeyIsAskedForAndNotTold() {
        String key = "not-to-be-seen";
        try (ServeProcess closed =
                ServeProcess.start(java.util.Map.of("VLM4J_API_KEY", key), "-t", "1", "--temp", "0")) {
            page.load(closed.address());
            page.await("the question for the key", () -> page.isOpen("#key"));
            page.fill("[name=key]", "wrong" + Keys.ENTER);
            page.awaitText("#key-why", "was not accepted");
            page.shoot("served-key");
            page.fill("[name=key]", key + Keys.ENTER);
            page.await("the model", () -> page.isShown("#model"));
            see(APPLE, "What is shown in this image?");

            assertThat(page.answer()).isEqualTo("a red apple");
            assertThat((String) page.script("return document.documentElement.outerHTML"))
                    .doesNotContain(key);
            assertThat(closed.said()).doesNotContain(key);
            assertThat(page.complaints("401")).isEmpty();
        }
    }

    @Test
    void stoppingAnAnswerFreesItsSlot() throws Exception {
        Path talker = folder.resolve("talker.gguf");
        new RandomLlama(2, 64, 2, 1, 128, 0, 100_000, GgmlType.F32, 5).write(TestModels.bundled(), talker);
        try (ServeProcess talking =
                ServeProcess.start("-m", talker.toString(), "-np", "1", "-c", "100000", "--chat-template", "chatml")) {
            page.load(talking.address());
            page.ask("Tell me everything.");
            page.await("some words", () -> page.answer().length() > 50);
            assertThat(running(talking.address())).isEqualTo(1);
            page.click("#stop");
            page.awaitEnd();

            page.await("a free slot", () -> running(talking.address()) == 0);
            assertThat(page.answer()).isNotEmpty();
            page.shoot("served-stopped");
            page.ask("Once more.");
            page.await("some words", () -> page.answer().length() > 50);
            page.leave(); // the tab is closed
            page.await("a free slot", () -> running(talking.address()) == 0);
        }
    }

    private static int running(URI server) {
        try {
            List<String> lines = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(server.resolve("metrics")).build(),
                            HttpResponse.BodyHandlers.ofLines())
                    .body()
                    .toList();
            Matcher slots = Pattern.compile("vlm4j_slots_running ([0-9.]+)").matcher(String.join("\n", lines));
            assertThat(slots.find()).isTrue();
            return (int) Double.parseDouble(slots.group(1));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
