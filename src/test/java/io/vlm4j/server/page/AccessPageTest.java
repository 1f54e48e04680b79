package io.vlm4j.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;

/// For whoever has no mouse, no large screen, or other eyes.
@Tag("browser")
@ExtendWith(OpenPage.class)
class AccessPageTest {
    private static final String LONG = "https://example.org/" + "verylongword".repeat(30);

    /// Contrast of each text against the nearest background that is opaque, of what is shown.
    private static final String CONTRASTS = """
            const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
            const channels = colour => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
            };
            const over = ([r, g, b, a], under) =>
                [r, g, b].map((channel, at) => (channel * a + under[at] * (255 - a)) / 255).concat(255);
            const background = element => {
                const own = channels(getComputedStyle(element).backgroundColor);
                return own[3] === 255 ? own : over(own,
                    element.parentElement ? background(element.parentElement) : [255, 255, 255, 255]);
            };
            const luminance = channels => channels.slice(0, 3).map(channel => channel / 255)
                .map(channel => channel <= .04045 ? channel / 12.92 : ((channel + .055) / 1.055) ** 2.4)
                .reduce((sum, channel, at) => sum + channel * [.2126, .7152, .0722][at], 0);
            const low = [];
            for (const element of document.querySelectorAll('body *')) {
                const text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '');
                const ignored = element.closest('.unseen, .skip, .curtain, :disabled, noscript');
                if (text && !ignored && element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
                    const under = background(element);
                    const levels = [luminance(over(channels(getComputedStyle(element).color), under)), luminance(under)];
                    const contrast = (Math.max(...levels) + .05) / (Math.min(...levels) + .05);
                    if (contrast < 4.5) {
                        low.push(`${element.className || element.tagName} “${element.innerText}” ${contrast}`);
                    }
                }
            }
            return low;
            """;

    @Test
    void theKeyboardIsEnough(PageDriver page, FakeApi api) throws Exception {
        assertThat(page.focus()).isEqualTo("question");
        page.press("What is this?");
        page.press(Keys.SHIFT, Keys.ENTER);
        page.press("Tell me.");
        page.press(Keys.ENTER);
        try (Asked asked = api.next()) {
            assertThat(asked.question()).isEqualTo("What is this?\nTell me.");
            asked.say("Well");
            page.awaitText(".answer .text", "Well");
            page.press(Keys.ESCAPE);
            page.awaitEnd();
            assertThat(asked.isAbandoned()).isTrue();
        }
        assertThat(page.focus()).isEqualTo("question");

        page.press(Keys.SHIFT, Keys.TAB);
        assertThat(page.focus()).isEqualTo("Ask again");
        page.press(Keys.ENTER);
        try (Asked asked = api.next()) {
            asked.say("A picture.").finish();
        }
        page.awaitText(".answer .text", "A picture.");
        page.awaitEnd();
        assertThat(page.focus()).isEqualTo("question");

        page.script("document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)");
        page.script("document.querySelector('.skip').focus()");
        page.press(Keys.TAB);
        assertThat(page.focus()).isEqualTo("new");
        page.press(Keys.TAB);
        assertThat(page.focus()).isEqualTo("open-settings");
        page.press(Keys.ENTER);
        assertThat(page.isOpen("#settings")).isTrue();
        page.press(Keys.ESCAPE);
        assertThat(page.isOpen("#settings")).isFalse();
        assertThat(page.focus()).isEqualTo("open-settings");
        page.press(Keys.TAB);
        assertThat(page.focus()).isEqualTo("Edit");
        page.press(Keys.ENTER);
        assertThat(page.focus()).isEqualTo("question");
        page.press(Keys.ESCAPE);
        assertThat(page.isShown("#editing")).isFalse();
    }

    @Test
    void everythingThatCanBePressedHasAName(PageDriver page, FakeApi api) throws Exception {
        fill(page, api);

        assertThat((List<?>) page.script("""
                return [...document.querySelectorAll('button, input:not([hidden]), textarea, a')]
                    .filter(each => !(each.innerText || each.textContent).trim() && !each.ariaLabel
                        && !each.labels?.length && !each.getAttribute('aria-labelledby'))
                    .map(each => each.outerHTML);
                """)).isEmpty();
        assertThat((List<?>) page.script("""
                return [...document.querySelectorAll('img:not([alt])')].map(each => each.outerHTML);
                """)).isEmpty();
    }

    @Test
    void nothingIsWiderThanAPhone(PageDriver page, FakeApi api) throws Exception {
        page.resize(360, 740);
        assertThat(overflow(page)).isEmpty();
        fill(page, api);
        assertThat(overflow(page)).isEmpty();
        page.drop(TestModels.sample("06-red_apple.png"), TestModels.sample("13-drum-400x250.png"));
        page.awaitThumbnails(2);
        assertThat(overflow(page)).isEmpty();
        page.shoot("phone");
        page.click("#open-settings");
        page.awaitStill();
        assertThat(overflow(page)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"light", "dark"})
    void textStandsOutInLightAndInDark(String scheme, PageDriver page, FakeApi api) throws Exception {
        page.prefer("prefers-color-scheme", scheme);
        page.awaitStill();
        assertThat((List<?>) page.script(CONTRASTS)).isEmpty();
        page.shoot("empty-" + scheme);
        fill(page, api);
        page.ask("Once more?");
        try (Asked asked = api.next()) {
            asked.refuse(400, "{\"error\": {\"message\": \"no\"}}", Map.of());
        }
        page.awaitEnd();
        page.awaitStill();
        assertThat((List<?>) page.script(CONTRASTS)).isEmpty();
        page.shoot("answer-" + scheme);
        page.click("#open-settings");
        page.awaitStill();
        assertThat((List<?>) page.script(CONTRASTS)).isEmpty();
    }

    @Test
    void theAppearanceCanBeChosen(PageDriver page) {
        page.prefer("prefers-color-scheme", "light");
        String light = background(page);
        page.click("#open-settings");
        page.click("[name=theme][value=dark]");
        String dark = background(page);
        assertThat(dark).isNotEqualTo(light);
        page.reload();
        assertThat(background(page)).isEqualTo(dark);

        page.click("#open-settings");
        page.clickText("Reset");
        assertThat(background(page)).isEqualTo(light);
    }

    @Test
    void nothingMovesWhenThatIsAskedFor(PageDriver page, FakeApi api) throws Exception {
        page.prefer("prefers-reduced-motion", "reduce");
        page.ask("Hello");
        try (Asked asked = api.next()) {
            asked.say("Hi");
            page.awaitText(".answer .text", "Hi");
            assertThat(page.script("return document.getAnimations().length")).isEqualTo(0L);
        }
    }

    private static void fill(PageDriver page, FakeApi api) throws InterruptedException, IOException {
        page.drop(TestModels.sample("06-red_apple.png"));
        page.awaitThumbnails(1);
        page.ask("What is this? " + LONG);
        try (Asked asked = api.next()) {
            asked.think("Hm. " + LONG)
                    .say("### A heading\n\nText, *some* `code` and " + LONG + "\n\n1. one\n2. two\n   - " + LONG
                            + "\n\n> quoted\n\n```java\n" + LONG + "\n```\n\n| a | b |\n|---|---|\n| c | " + LONG
                            + " |")
                    .finish();
        }
        page.awaitEnd();
    }

    private static List<?> overflow(PageDriver page) {
        return (List<?>) page.script("""
                const width = document.documentElement.clientWidth;
                return document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll('body *')]
                    .filter(each => each.getBoundingClientRect().right > width + 1 && each.checkVisibility())
                    .map(each => each.outerHTML.slice(0, 200));
                """);
    }

    private static String background(PageDriver page) {
        return (String) page.script("return getComputedStyle(document.body).backgroundColor");
    }
}
