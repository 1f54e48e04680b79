package io.vlm4j.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

@Tag("browser")
@ExtendWith(OpenPage.class)
class TroublePageTest {
    @ParameterizedTest
    @CsvSource({
        "400, 'temperature must be a number', The server did not accept this question.",
        "413, 'at most 8 pictures', This is more than the server takes.",
        "500, 'out of memory', The server failed.",
        "418, 'teapot', The server refused this."
    })
    void anErrorIsTold(int status, String message, String title, PageDriver page, FakeApi api) throws Exception {
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.refuse(
                    status, "{\"error\": {\"message\": \"%s\", \"code\": %d}}".formatted(message, status), Map.of());
        }
        page.awaitEnd();

        assertThat(page.text(".trouble")).startsWith(title + " " + message).endsWith("Try again");
        page.awaitText("#announcer", title);
        page.shoot("error");
        page.clickText("Try again");
        try (Asked asked = api.next()) {
            assertThat(asked.body().path("messages").size()).isEqualTo(1);
            asked.say("Hi.").finish();
        }
        page.awaitText(".answer .text", "Hi.");
        assertThat(page.isShown(".trouble")).isFalse();
    }

    @Test
    void anErrorInNoKnownShapeIsToldByItsStatus(PageDriver page, FakeApi api) throws Exception {
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.refuse(502, "<html>bad gateway</html>", Map.of());
        }
        page.awaitEnd();

        assertThat(page.text(".trouble")).startsWith("The server failed. HTTP status 502.");
    }

    @Test
    void aBusyServerIsAskedAgainWhenItSaid(PageDriver page, FakeApi api) throws Exception {
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.refuse(429, "{\"error\": {\"message\": \"queue is full\"}}", Map.of("Retry-After", "2"));
        }
        page.awaitText(".trouble", "Trying again in");
        try (Asked asked = api.next()) {
            asked.say("Hi.").finish();
        }

        page.awaitText(".answer .text", "Hi.");
    }

    @Test
    void anErrorInTheMiddleKeepsWhatCame(PageDriver page, FakeApi api) throws Exception {
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.say("Hello, I").event("{\"error\": {\"message\": \"shutting down\", \"code\": 503}}");
        }
        page.awaitEnd();

        assertThat(page.answer()).isEqualTo("Hello, I");
        assertThat(page.text(".trouble")).startsWith("The server broke off the answer. shutting down");
    }

    @Test
    void aLostConnectionKeepsWhatCame(PageDriver page, FakeApi api) throws Exception {
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.say("Hello, I");
            page.awaitText(".answer .text", "Hello, I");
        }
        page.awaitEnd();

        assertThat(page.answer()).isEqualTo("Hello, I");
        assertThat(page.text(".trouble")).startsWith("The connection was lost.");
    }

    @Test
    void aServerThatIsGoneIsTold(PageDriver page, FakeApi api) throws Exception {
        page.online(false);
        page.ask("Hello");
        page.awaitEnd();
        page.online(true);

        assertThat(page.text(".trouble")).startsWith("The server cannot be reached.");
        page.clickText("Try again");
        try (Asked asked = api.next()) {
            asked.say("Hi.").finish();
        }
        page.awaitText(".answer .text", "Hi.");
    }

    @Test
    void aKeyIsAskedForAndKeptForTheTab(PageDriver page, FakeApi api) throws Exception {
        api.requireKey("secret");
        page.reload();
        page.await("the question for the key", () -> page.isOpen("#key"));
        page.fill("[name=key]", "wrong" + Keys.ENTER);
        page.awaitText("#key-why", "was not accepted");
        page.fill("[name=key]", "secret" + Keys.ENTER);
        page.awaitText("#model", "pico-llava");

        assertThat(page.isOpen("#key")).isFalse();
        assertThat(page.script("return sessionStorage.getItem('vlm4j.key')")).isEqualTo("secret");
        assertThat((String) page.script("return JSON.stringify(localStorage)")).doesNotContain("secret");
        page.reload();
        page.awaitText("#model", "pico-llava");
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.say("Hi.").finish();
        }
        page.awaitText(".answer .text", "Hi.");
    }

    @Test
    void withoutAKeyTheErrorIsTold(PageDriver page, FakeApi api) {
        api.requireKey("secret");
        page.ask("Hello");
        page.await("the question for the key", () -> page.isOpen("#key"));
        page.press(Keys.ESCAPE);
        page.awaitEnd();

        assertThat(page.text(".trouble")).startsWith("The server asks for a key. Invalid API Key");
    }

    @Test
    void aHostileAnswerStaysText(PageDriver page, FakeApi api) throws Exception {
        String hostile = """
                <img src=x onerror="window.hit = 1">
                </script><script>window.hit = 2</script>

                [click](javascript:window.hit=3) and [data](data:text/html,hi) and [rel](/v1/models)
                ![](https://example.org/track.png)

                <b onclick="window.hit = 4">bold</b> **<i>x</i>** `<u>y</u>`

                ```<svg onload="window.hit=5">
                <iframe srcdoc="<script>parent.hit=6</script>">
                ```
                """ + ">".repeat(5000) + " deep\n" + "[".repeat(5000) + "*".repeat(5000);
        page.ask("<script>window.hit = 7</script>");
        try (Asked asked = api.next()) {
            asked.think("<img src=x onerror='window.hit = 8'>").say(hostile).finish();
        }
        page.awaitEnd();

        assertThat(page.text(".question p")).isEqualTo("<script>window.hit = 7</script>");
        assertThat(page.answer()).contains("<img src=x onerror=", "</script><script>", "[click](javascript:");
        assertThat(page.count(".answer :is(img, script, iframe, b, u, embed, object), .text i"))
                .isZero();
        assertThat(page.count(".answer a:not([href^='https://example.org/'])")).isZero();
        assertThat(page.script("return window.hit")).isNull();
        assertThat(page.complaints()).isEmpty();
        assertThat(page.foreignRequests()).isEmpty();
    }

    @Test
    void goodLinksOpenElsewhere(PageDriver page, FakeApi api) throws Exception {
        page.ask("Where?");
        try (Asked asked = api.next()) {
            asked.say("See [the site](https://example.org/a?b=c).").finish();
        }
        page.awaitEnd();

        assertThat(page.attribute(".text a", "href")).isEqualTo("https://example.org/a?b=c");
        assertThat(page.attribute(".text a", "target")).isEqualTo("_blank");
        assertThat(page.attribute(".text a", "rel")).contains("noopener");
        assertThat(page.answer()).isEqualTo("See the site.");
    }
}
