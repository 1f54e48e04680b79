package io.vlm4j.server.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server's page as a person uses it, whatever server it comes from.
///
/// - **Owner**: whoever opened it.
/// - **Threads**: one at a time.
/// - **Close**: ends the browser.
final class PageDriver implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final String FILES = """
            const transfer = new DataTransfer();
            for (const { name, type, bytes } of arguments[0]) {
                const content = Uint8Array.from(atob(bytes), character => character.charCodeAt(0));
                transfer.items.add(new File([content], name, { type }));
            }
            """;

    private final ChromeDriver driver;
    private URI origin = URI.create("about:blank");

    private PageDriver(ChromeDriver driver) {
        this.driver = driver;
    }

    static PageDriver open() {
        return new PageDriver(Browser.open());
    }

    /// Loads the page anew, 1100 x 800 and light, with nothing stored.
    void load(URI page) {
        origin = page;
        cdp("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        resize(1100, 800);
        leave();
        cdp("Storage.clearDataForOrigin", Map.of("origin", page.toString(), "storageTypes", "all"));
        drain(LogType.BROWSER);
        drain(LogType.PERFORMANCE);
        driver.get(page.toString());
        script("sessionStorage.clear()");
        driver.navigate().refresh();
        await(
                "the page runs",
                () -> !driver.findElements(By.cssSelector("#model:not([hidden])"))
                                .isEmpty()
                        || !text("#notice").isEmpty()
                        || isOpen("#key"));
    }

    void leave() {
        driver.get("about:blank");
    }

    void reload() {
        driver.navigate().refresh();
    }

    void resize(int width, int height) {
        cdp(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    void prefer(String feature, String value) {
        cdp("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", feature, "value", value))));
    }

    void online(boolean online) {
        cdp("Network.enable", Map.of());
        cdp(
                "Network.emulateNetworkConditions",
                Map.of("offline", !online, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
    }

    /// Types a question and sends it with the Enter key.
    void ask(String question) {
        WebElement field = one("#question");
        field.clear();
        field.sendKeys(question + Keys.ENTER);
    }

    /// Presses keys, wherever the focus is.
    void press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    void press(Keys modifier, CharSequence key) {
        new Actions(driver).keyDown(modifier).sendKeys(key).keyUp(modifier).perform();
    }

    void click(String selector) {
        await(
                selector + " can be pressed",
                () -> isShown(selector) && one(selector).isEnabled());
        one(selector).click();
    }

    /// The last button that shows this text.
    void clickText(String text) {
        By button = By.xpath("//button[normalize-space()='" + text + "']");
        await("a button " + text, () -> driver.findElements(button).stream().anyMatch(WebElement::isDisplayed));
        List<WebElement> found = driver.findElements(button).stream()
                .filter(WebElement::isDisplayed)
                .toList();
        // The button may be shown only to a pointer over what it belongs to.
        new Actions(driver).moveToElement(found.getLast()).click().perform();
    }

    void hover(String selector) {
        new Actions(driver).moveToElement(one(selector)).perform();
    }

    void fill(String selector, String value) {
        WebElement field = one(selector);
        field.clear();
        field.sendKeys(value);
    }

    void drop(Path... files) {
        script(FILES + """
                for (const type of ['dragenter', 'dragover', 'drop']) {
                    document.body.dispatchEvent(new DragEvent(
                        type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
                }
                """, files(files));
    }

    /// Holds files over the page without letting go.
    void drag(Path... files) {
        script(FILES + """
                document.body.dispatchEvent(new DragEvent(
                    'dragenter', { dataTransfer: transfer, bubbles: true, cancelable: true }));
                """, files(files));
    }

    void paste(Path... files) {
        script(FILES + """
                document.activeElement.dispatchEvent(new ClipboardEvent(
                    'paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
                """, files(files));
    }

    void choose(Path file) {
        driver.findElement(By.id("files")).sendKeys(file.toAbsolutePath().toString());
    }

    void awaitThumbnails(int number) {
        await(number + " thumbnails", () -> count("#tray li") == number);
    }

    /// Waits until nothing moves any more, of what ends by itself.
    void awaitStill() {
        await("rest", () -> (boolean) script("""
                return document.getAnimations().every(animation => animation.playState !== 'running'
                    || animation.effect.getComputedTiming().endTime === Infinity);
                """));
    }

    String answer() {
        return text(".turn:last-child .answer .text");
    }

    /// Waits until the last answer has ended, in whichever way.
    void awaitEnd() {
        await("the end of the answer", () -> count(".answer") > 0 && count(".answer[aria-busy='true']") == 0);
    }

    void awaitText(String selector, String part) {
        await("“" + part + "” in " + selector, () -> text(selector).contains(part));
    }

    void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isTrue(condition)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain for " + what + "; console: " + complaints() + "; page: "
                        + script("return document.body.innerText"));
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /// An element that the page has replaced in the meantime is no answer yet.
    private static boolean isTrue(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (StaleElementReferenceException replaced) {
            return false;
        }
    }

    /// What is shown of the last element that matches, empty when there is none.
    String text(String selector) {
        return (String) script("return [...document.querySelectorAll(arguments[0])].at(-1)?.innerText ?? ''", selector);
    }

    int count(String selector) {
        return driver.findElements(By.cssSelector(selector)).size();
    }

    boolean isShown(String selector) {
        return (boolean) script(
                "return [...document.querySelectorAll(arguments[0])].at(-1)?.checkVisibility() ?? false", selector);
    }

    boolean isOpen(String dialog) {
        return count(dialog + "[open]") == 1;
    }

    String attribute(String selector, String name) {
        return String.valueOf(one(selector).getDomAttribute(name));
    }

    /// How the element with the focus would be found again: its id, label or text.
    String focus() {
        return (String) script("""
                const { id, tagName, innerText } = document.activeElement;
                return id || document.activeElement.getAttribute('aria-label') || innerText || tagName;
                """);
    }

    Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /// Complaints in the console since the page was loaded, the failed loading of a resource left out when its
    /// address has one of these parts.
    List<String> complaints(String... expected) {
        return drain(LogType.BROWSER).stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .filter(message -> Arrays.stream(expected).noneMatch(message::contains))
                .toList();
    }

    /// Addresses that the page asked for and that are not on its origin.
    List<String> foreignRequests() {
        List<String> foreign = new ArrayList<>();
        for (LogEntry entry : drain(LogType.PERFORMANCE)) {
            JsonNode event = JSON.readTree(entry.getMessage()).path("message");
            String url = event.at("/params/request/url").asString("");
            if (event.path("method").asString("").equals("Network.requestWillBeSent")
                    && !url.startsWith(origin.toString())
                    && !url.startsWith("data:")
                    && !url.startsWith("about:")
                    && !url.startsWith("blob:" + origin.toString().replaceAll("/$", ""))) {
                foreign.add(url);
            }
        }
        return foreign;
    }

    /// Keeps a picture of the window in the folder that the system property `vlm4j.screenshots` names, if it does.
    void shoot(String name) {
        String folder = System.getProperty("vlm4j.screenshots");
        if (folder != null) {
            try {
                Files.createDirectories(Path.of(folder));
                Files.write(Path.of(folder, name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    @Override
    public void close() {
        try {
            driver.quit();
        } catch (WebDriverException slow) { // its process did not end in time; it is ended with ours
            System.err.println("the browser's driver did not end: " + slow.getRawMessage());
        }
    }

    private WebElement one(String selector) {
        return driver.findElements(By.cssSelector(selector)).getLast();
    }

    private void cdp(String command, Map<String, Object> parameters) {
        driver.executeCdpCommand(command, parameters);
    }

    private List<LogEntry> drain(String log) {
        return driver.manage().logs().get(log).getAll();
    }

    private static List<Map<String, String>> files(Path... files) {
        return Arrays.stream(files).map(PageDriver::file).toList();
    }

    private static Map<String, String> file(Path file) {
        try {
            String name = file.getFileName().toString();
            String type = switch (name.substring(name.lastIndexOf('.') + 1)) {
                case "png" -> "image/png";
                case "jpg" -> "image/jpeg";
                case "svg" -> "image/svg+xml";
                case "webp" -> "image/webp";
                default -> "text/plain";
            };
            return Map.of(
                    "name", name, "type", type, "bytes", Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
