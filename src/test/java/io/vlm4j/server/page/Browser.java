package io.vlm4j.server.page;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.PageLoadStrategy;
import org.openqa.selenium.UnexpectedAlertBehaviour;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/// A headless Chromium, the one that is installed. In CI it must be there; elsewhere tests that need it are reported
/// as aborted with the reason.
final class Browser {
    /// Says at every start that it knows no newer protocol; a field, because loggers are forgotten.
    private static final Logger PROTOCOLS = Logger.getLogger("org.openqa.selenium.devtools");

    private Browser() {}

    static ChromeDriver open() {
        PROTOCOLS.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(
                installed("chromium", "chromium-browser", "google-chrome").toFile());
        options.addArguments(List.of(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--hide-scrollbars",
                // A mouse, which a machine without a screen may lack.
                "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
                "--force-device-scale-factor=1",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream"));
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        options.setPageLoadStrategy(PageLoadStrategy.NORMAL);
        options.setUnhandledPromptBehaviour(UnexpectedAlertBehaviour.ACCEPT);
        // A driver that is named is not looked for, and so nothing is downloaded.
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(installed("chromedriver").toFile())
                .usingAnyFreePort()
                .withEnvironment(Map.of("SE_OFFLINE", "true"))
                .build();
        return new ChromeDriver(service, options);
    }

    private static Path installed(String... names) {
        Optional<Path> found = Arrays.stream(names)
                .flatMap(name -> path().map(folder -> folder.resolve(name)))
                .filter(file -> file.toFile().canExecute())
                .findFirst();
        if (found.isEmpty()) {
            String missing = names[0] + " is not installed (Debian: apt-get install chromium chromium-driver)";
            if (System.getenv("CI") != null) {
                throw new AssertionError("in CI: " + missing);
            }
            abort(missing);
        }
        return found.orElseThrow();
    }

    private static Stream<Path> path() {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(Path::of);
    }
}
