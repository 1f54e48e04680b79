package io.vlm4j.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.testkit.ScriptedServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoadTestTest {
    private static LoadOptions options(URI server) {
        return new LoadOptions(
                server, Optional.of("secret"), "default", 3, 5, 4, 16, 0, "{\"top_k\": 1}", Duration.ofSeconds(10), 1);
    }

    @Test
    void everyClientAsksItsQuestionsAndTokensAreCounted() throws Exception {
        try (ScriptedServer server = ScriptedServer.working();
                LoadTest test = new LoadTest(options(server.address()))) {
            AtomicInteger last = new AtomicInteger();
            LevelReport report = test.run(4, Mix.BOTH, (done, all) -> {
                assertThat(all).isEqualTo(12);
                last.set(done);
            });

            assertThat(last).hasValue(12);
            assertThat(report.failed()).isZero();
            assertThat(report.text().answers()).isEqualTo(6);
            assertThat(report.pictures().answers()).isEqualTo(6);
            assertThat(report.promptTokens()).isEqualTo(12 * 7);
            assertThat(report.completionTokens()).isEqualTo(12 * 5);
            assertThat(report.text().firstTokenP50()).isPositive();
            assertThat(report.text().gapP99())
                    .isGreaterThanOrEqualTo(report.text().gapP50());
            assertThat(server.requests()).allMatch(request -> request.contains("\"top_k\":1"));
            assertThat(server.keys()).containsOnly("Bearer secret");
        }
    }

    @Test
    void noTwoQuestionsAndNoTwoPicturesAreEqual() throws Exception {
        try (ScriptedServer server = ScriptedServer.working();
                LoadTest test = new LoadTest(options(server.address()))) {
            test.run(5, Mix.PICTURE, (_, _) -> {});

            Set<String> pictures = new TreeSet<>();
            for (String request : server.requests()) {
                JsonNode json = JsonMapper.shared().readTree(request);
                assertThat(json.at("/stream").asBoolean()).isTrue();
                assertThat(json.at("/max_tokens").asInt()).isEqualTo(4);
                pictures.add(json.at("/messages/0/content/0/image_url/url").asString());
            }
            assertThat(server.requests()).hasSize(15).doesNotHaveDuplicates();
            assertThat(pictures).hasSize(15).allMatch(url -> url.startsWith("data:image/png;base64,"));
        }
    }

    @Test
    void textBesidePicturesIsCountedAlone() throws Exception {
        try (ScriptedServer server = ScriptedServer.working();
                LoadTest test = new LoadTest(options(server.address()))) {
            LevelReport report = test.stall(2, (_, _) -> {});

            assertThat(report.text().answers()).isEqualTo(6);
            assertThat(report.completionTokens()).isEqualTo(6 * 5);
            assertThat(report.pictures().answers()).isPositive();
        }
    }

    @Test
    void aPictureIsAskedAboutTwice() throws Exception {
        try (ScriptedServer server = ScriptedServer.working();
                LoadTest test = new LoadTest(options(server.address()))) {
            AgainReport report = test.again();

            assertThat(report.gain()).isPositive();
            List<String> requests = server.requests();
            assertThat(requests).hasSize(30);
            assertThat(requests.get(0)).isEqualTo(requests.get(1)).isNotEqualTo(requests.get(2));
        }
    }

    @Test
    void failuresAreCountedAndNamedOnce() throws Exception {
        try (ScriptedServer server = new ScriptedServer(503, "{\"error\": \"busy\"}");
                LoadTest test = new LoadTest(options(server.address()))) {
            assertThat(test.warmUp(Mix.TEXT)).contains("503", "busy");
            LevelReport report = test.run(2, Mix.TEXT, (_, _) -> {});

            assertThat(report.failed()).isEqualTo(6);
            assertThat(report.failures()).containsExactly("status 503: {\"error\": \"busy\"}");
        }
    }

    @Test
    void aStreamThatBreaksOffIsNoAnswer() throws Exception {
        try (ScriptedServer server =
                        new ScriptedServer(200, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
                LoadTest test = new LoadTest(options(server.address()))) {
            assertThat(test.warmUp(Mix.TEXT)).contains("ended before [DONE]");
        }
    }

    @Test
    void onlyWebAddressesAreAsked() {
        assertThatThrownBy(() -> options(URI.create("file:///etc/passwd")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("file:///etc/passwd");
        assertThat(options(URI.create("http://127.0.0.1")).toString()).doesNotContain("secret");
    }

    @Test
    void percentilesAreValuesThatWereMeasured() {
        long[] values = {5, 1, 4, 2, 3};

        assertThat(Percentile.of(values, 50)).isEqualTo(3);
        assertThat(Percentile.of(values, 99)).isEqualTo(5);
        assertThat(Percentile.of(values, 0)).isEqualTo(1);
        assertThat(Percentile.of(new long[0], 50)).isZero();
    }
}
