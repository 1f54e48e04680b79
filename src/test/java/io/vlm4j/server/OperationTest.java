package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys, other sites' pages, TLS, figures, the end.
@Tag("native")
@Tag("model")
class OperationTest {
    private static final String STREAM = "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story\"}],"
            + "\"stream\":true,\"ignore_eos\":true,\"max_tokens\":1500}";

    @Test
    void keysAreAskedForEverywhereButForHealthAndThePage() throws IOException, InterruptedException {
        try (RunningServer running = RunningServer.start(
                RunningServer.options().keys(ApiKeys.of(List.of("one", "two"))).build())) {
            for (String path : List.of("v1/models", "metrics")) {
                HttpResponse<String> refused = running.get(path);
                assertThat(refused.statusCode()).isEqualTo(401);
                assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
                assertThat(refused.body()).doesNotContain("one");
                assertThat(running.get(path, "Authorization", "Bearer on").statusCode())
                        .isEqualTo(401);
                assertThat(running.get(path, "Authorization", "Bearer two").statusCode())
                        .isEqualTo(200);
                assertThat(running.get(path, "x-api-key", "one").statusCode()).isEqualTo(200);
            }
            assertThat(running.get("health").statusCode()).isEqualTo(200);
            assertThat(running.post("tokenize", "{\"content\":\"a\"}").statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void pagesOfOtherSitesMayAskOnlyWhenTheyAreListed() throws IOException, InterruptedException {
        try (RunningServer running = RunningServer.start(RunningServer.options()
                .origins(List.of("https://friend.example"))
                .build())) {
            HttpResponse<String> friend = running.get("v1/models", "Origin", "https://friend.example");
            HttpResponse<String> stranger = running.get("v1/models", "Origin", "https://stranger.example");

            assertThat(friend.headers().firstValue("access-control-allow-origin"))
                    .contains("https://friend.example");
            assertThat(stranger.headers().firstValue("access-control-allow-origin"))
                    .isEmpty();
            String preflight = RawClient.exchange(
                    running.server.address(),
                    "OPTIONS /v1/chat/completions HTTP/1.1\nHost: localhost\nConnection: close\n"
                            + "Origin: https://friend.example\nAccess-Control-Request-Method: POST\n\n");
            assertThat(preflight).startsWith("HTTP/1.1 204 ").contains("access-control-allow-methods: OPTIONS, POST");
        }
    }

    @Test
    void thePageIsThereAndMayLoadNothingFromElsewhere() throws IOException, InterruptedException {
        try (RunningServer running =
                RunningServer.start(RunningServer.options().prefix("/vlm").build())) {
            HttpResponse<String> page = running.get("");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
            assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                    .contains("default-src 'self'")
                    .contains("frame-ancestors 'none'");
            HttpResponse<String> script = running.get("app.js");
            assertThat(script.headers().firstValue("content-type")).contains("text/javascript; charset=utf-8");
            String tag = script.headers().firstValue("etag").orElseThrow();
            assertThat(running.get("app.js", "If-None-Match", tag).statusCode()).isEqualTo(304);
            assertThat(running.get("nothing.js").statusCode()).isEqualTo(404);
            assertThat(RawClient.exchange(
                            running.server.address(),
                            "HEAD /vlm/index.html HTTP/1.1\nHost: localhost\nConnection: close\n\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("\r\n\r\n");
        }
    }

    @Test
    void figuresAreForPrometheus() throws IOException, InterruptedException {
        try (RunningServer running = RunningServer.start()) {
            running.post("v1/chat/completions", "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
            String figures = running.get("metrics").body();

            assertThat(figures)
                    .contains("vlm4j_requests_seconds_count{route=\"/v1/chat/completions\",status=\"200\"} 1")
                    .contains("vlm4j_first_token_seconds_count 1")
                    .contains("vlm4j_slots 4.0")
                    .containsPattern("vlm4j_generated_tokens_total [1-9]");
        }
    }

    @Test
    void anEndLetsAnswersEndAndRefusesNewOnes() throws Exception {
        RunningServer running = RunningServer.start();
        try (RawClient client = new RawClient(running.server.address())) {
            client.send(RawClient.post("/v1/chat/completions", STREAM)).until("\"content\":");
            boolean whole = running.server.shutDown(Duration.ofMillis(200));
            String rest = client.rest();

            assertThat(whole).isFalse();
            assertThat(rest).contains("\"finish_reason\":\"length\"").contains("data: [DONE]");
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> running.get("health"));
        } finally {
            running.close();
        }
    }

    @Test
    void anAddressInUseIsAFailureThatNamesIt() {
        try (RunningServer running = RunningServer.start()) {
            int port = running.server.port();
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> RunningServer.start(
                                    RunningServer.options().port(port).build())
                            .close())
                    .withMessageContaining("127.0.0.1:" + port);
        }
    }

    @Test
    void tlsIsSpokenWithAKeyStore(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("keys.p12");
        int made = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .start()
                .waitFor();
        assertThat(made).isZero();
        KeyStore trusted = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), new SecureRandom());
        try (RunningServer running = RunningServer.start(RunningServer.options()
                        .certificate(new ServerCertificate.Pkcs12(store, "changeit"))
                        .build());
                HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
            assertThat(running.server.address().getScheme()).isEqualTo("https");
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + running.server.port() + "/health"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.body()).contains("ok");
        }
        Files.writeString(store, "no keys");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RunningServer.start(RunningServer.options()
                        .certificate(new ServerCertificate.Pkcs12(store, "changeit"))
                        .build()))
                .withMessageContaining(store.toString());
    }

    @Test
    void keysAreReadFromAFile(@TempDir Path folder) throws IOException {
        ApiKeys keys = ApiKeys.read(Files.writeString(folder.resolve("keys"), "# mine\n\n first \nsecond\n"));

        assertThat(keys.find("second")).hasValue(1);
        assertThat(keys.find("# mine")).isEmpty();
        assertThat(keys).hasToString("2 API keys");
    }
}
