package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// What is said to clients that do not behave: raw bytes over a socket.
@Tag("native")
@Tag("model")
class HttpTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String LONG_ANSWER =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story\"}],\"stream\":true,\"ignore_eos\":true,"
                    + "\"max_tokens\":1500}";
    private static RunningServer running;

    @BeforeAll
    static void start() {
        running = RunningServer.start(RunningServer.options()
                .limits(ServerLimits.builder()
                        .bodyBytes(1 << 20)
                        .images(2)
                        .head(Duration.ofMillis(500))
                        .body(Duration.ofMillis(700))
                        .build())
                .build());
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    private static String raw(String text) throws IOException {
        return RawClient.exchange(running.server.address(), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | HELLO",
                "400 | GET /health",
                "400 | GET /health HTTP/x.y",
                "505 | GET /health HTTP/2.0~Host: localhost",
                "400 | GET /health HTTP/1.1",
                "400 | GET /health HTTP/1.1~Host: localhost~Host: other",
                "400 | GET /health HTTP/1.1~Host: localhost~no colon",
                "400 | GET /health HTTP/1.1~Host: localhost~Content-Length: x",
                "400 | POST /tokenize HTTP/1.1~Host: localhost~Content-Length: 3~Content-Length: 4",
                "400 | POST /tokenize HTTP/1.1~Host: localhost~Content-Length: -1",
                "403 | GET /health HTTP/1.1~Host: evil.example",
                "403 | GET / HTTP/1.1~Host: 127.0.0.1.evil.example:80",
                "404 | GET /nowhere HTTP/1.1~Host: localhost",
                "404 | GET /../../etc/passwd HTTP/1.1~Host: localhost",
                "404 | GET /%2e%2e/secret.html HTTP/1.1~Host: localhost",
                "404 | GET /%zz HTTP/1.1~Host: localhost",
                "405 | DELETE /v1/models HTTP/1.1~Host: localhost",
                "405 | GET /v1/chat/completions HTTP/1.1~Host: localhost",
                "413 | POST /tokenize HTTP/1.1~Host: localhost~Content-Length: 99999999999",
                "415 | POST /tokenize HTTP/1.1~Host: localhost~Content-Type: text/plain~Content-Length: 2",
                "415 | POST /tokenize HTTP/1.1~Host: localhost~Origin: http://evil.example~Content-Length: 2",
                "415 | POST /tokenize HTTP/1.1~Host: localhost~Content-Encoding: gzip~Content-Length: 2",
            })
    void whatIsNoRequestIsRefused(int status, String text) throws IOException {
        String answer = raw(text.strip().replace('~', '\n') + "\nConnection: close\n\n");

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("\"error\"");
    }

    @Test
    void longHeadsAreRefused() throws IOException {
        assertThat(raw("GET /" + "a".repeat(9000) + " HTTP/1.1\nHost: localhost\n\n"))
                .startsWith("HTTP/1.1 414 ");
        assertThat(raw("GET /health HTTP/1.1\nHost: localhost\nX: " + "a".repeat(40_000) + "\n\n"))
                .startsWith("HTTP/1.1 431 ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | no body",
                "{ | no JSON",
                "[] | must be a JSON object, not an array",
                "nul | no JSON",
                "\"a\" | must be a JSON object, not a string",
                "{\"messages\":[]} | messages is empty",
                "{} | messages is missing",
                "{\"messages\":{}} | messages must be an array, not an object",
                "{\"messages\":[3]} | messages[0] must be an object, not a number",
                "{\"messages\":[{}]} | messages[0].role is missing",
                "{\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]} | messages[0].role: 'king' is no role",
                "{\"messages\":[{\"role\":\"user\",\"content\":7}]} | messages[0].content must be a string or an array of parts, not a number",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":3}}]}]} | messages[0].content[0].image_url.url must be a string, not a number",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,@@@\"}}]}]} | no base64",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}]} | image",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://127.0.0.1/x.png\"}}]}]} | fetches no pictures",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"file:///etc/passwd\"}}]}]} | reads no files",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":\"hot\"} | temperature must be a number, not a string",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"n\":99} | n must be 1 to 8, not 99",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":1.5} | max_tokens must be an integer, not 1.5",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stream\":\"yes\"} | stream must be true or false, not a string",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"stop\":[1]} | stop[0] must be a string, not a number",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"logit_bias\":{\"999999\":1}} | logit_bias names the token '999999'",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"response_format\":{\"type\":\"xml\"}} | response_format.type must be text, json_object or json_schema, not 'xml'",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]} | knows no tools",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} trailing | no JSON",
            })
    void whatIsWrongInJsonIsNamed(String body, String message) throws IOException, InterruptedException {
        HttpResponse<String> response = running.post(CHAT, body == null ? "" : body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(RunningServer.json(response).path("error").path("message").asString())
                .contains(message);
    }

    @Test
    void deepAndWrongUtf8JsonIsRefused() throws IOException, InterruptedException {
        assertThat(running.post(CHAT, "[".repeat(100_000)).statusCode()).isEqualTo(400);
        assertThat(running.post(CHAT, "{\"a\":".repeat(5000)).statusCode()).isEqualTo(400);
        assertThat(running.post(CHAT, "{\"n\":" + "9".repeat(100_000) + "}").statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 1000})
    void bodiesAreTakenUpToTheLimit(int over) throws IOException, InterruptedException {
        String empty = "{\"content\":\"\"}";
        HttpResponse<String> response =
                running.post("/tokenize", "{\"content\":\"" + " ".repeat((1 << 20) + over - empty.length()) + "\"}");

        assertThat(response.statusCode()).isEqualTo(over > 0 ? 413 : 200);
    }

    @Test
    void chunkedBodiesAreTakenUpToTheLimitToo() throws IOException {
        String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
        String answer =
                raw("POST /tokenize HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n" + chunk.repeat(20));

        assertThat(answer).startsWith("HTTP/1.1 413 ");
    }

    /// What a body is, and where the next request begins, must not be a matter of opinion.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked\nContent-Length: 15\n\n0\r\n\r\n",
                "Transfer-Encoding: chunked\n\nzz\r\n{\"content\":\"a\"}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\n\n-1\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\n\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\n\n2\r\n{\"content\":\"a\"}\r\n0\r\n\r\n",
                "Transfer-Encoding: gzip, chunked\n\n0\r\n\r\n",
                "Transfer-Encoding: gzip\nContent-Length: 2\n\n{}",
                "Transfer-Encoding: xchunked\nContent-Length: 2\n\n{}",
                "Content-Length: 2, 3\n\n{}",
                "Content-Length: +2\n\n{}",
                "Content-Length: 0x2\n\n{}",
                "Content-Length: 99999999999999999999\n\n{}",
                "Content-Length : 2\n\n{}",
                "Content-Length: 2\n Transfer-Encoding: chunked\n\n{}",
                "Content-Length: 5\n\n{\"content\":\"a\"}",
                "\n\n{\"content\":\"a\"}"
            })
    void bodiesThatLieAreNotBelieved(String rest) throws IOException {
        String answer = raw("POST /tokenize HTTP/1.1\nHost: localhost\nConnection: close\n" + rest);

        assertThat(answer)
                .matches("(?s)HTTP/1.1 (4\\d\\d|501) .*")
                .contains("\"error\"")
                .doesNotContain("\"tokens\"");
        assertThat(answer.split("HTTP/1.1 200", -1)).hasSize(1);
    }

    @Test
    void moreImagesThanAllowedAreRefused() throws IOException, InterruptedException {
        String image = "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + RunningServer.picture() + "\"}}";
        HttpResponse<String> response = running.post(
                CHAT,
                "{\"messages\":[{\"role\":\"user\",\"content\":[" + String.join(",", image, image, image) + "]}]}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("a request may have 2 pictures and sounds");
    }

    @Test
    void slowHeadsAndBodiesAreCutOff() throws IOException {
        assertThat(raw("GET /health HTTP/1.1\nHost: loc")).startsWith("HTTP/1.1 408 ");
        assertThat(raw(RawClient.post("/tokenize", "{\"content\":\"a\"}").replace("\"a\"}", "")))
                .startsWith("HTTP/1.1 408 ");
    }

    @Test
    void connectionsAreUsedAgainAndRequestsMayComeAheadOfTime() throws IOException {
        String get = "GET /health HTTP/1.1\nHost: localhost\n\n".replace("\n", "\r\n");
        try (RawClient client = new RawClient(running.server.address())) {
            client.socket
                    .getOutputStream()
                    .write((get + get + get.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).getBytes());

            assertThat(client.rest().split("\"status\":\"ok\"", -1)).hasSize(4);
        }
    }

    @Test
    void expectingClientsAreToldToGoOnOrNotTo() throws IOException {
        try (RawClient client = new RawClient(running.server.address())) {
            client.send(
                    "POST /tokenize HTTP/1.1\nHost: localhost\nExpect: 100-continue\nConnection: close\nContent-Length: 15\n\n");
            client.until("100 Continue");
            client.socket.getOutputStream().write("{\"content\":\"a\"}".getBytes());
            assertThat(client.rest()).contains("200 OK");
        }
        assertThat(raw("POST /tokenize HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: 9999999\n\n"))
                .startsWith("HTTP/1.1 413 ");
    }

    private static JsonNode ask(String more) throws IOException, InterruptedException {
        HttpResponse<String> response = running.post(CHAT, "{\"temperature\":0,\"max_tokens\":20," + more + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningServer.json(response);
    }

    private static String said(JsonNode completion) {
        return completion.path("choices").get(0).path("message").path("content").asString();
    }

    @Test
    void aGrammarIsFollowedAndItsErrorsTold() throws IOException, InterruptedException {
        String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Is it?\"}]";
        JsonNode answer = ask(messages + ",\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\"");

        assertThat(said(answer)).isIn("yes", "no");
        assertThat(answer.path("timings").path("prompt_n").intValue()).isPositive();
        HttpResponse<String> wrong = running.post(CHAT, "{" + messages + ",\"grammar\":\"root ::= (\"}");
        assertThat(wrong.statusCode()).isEqualTo(400);
    }

    @Test
    void anAnswerThatHasBegunIsGoneOnWith() throws IOException, InterruptedException {
        String question = "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\""
                + RunningServer.picture() + "\"}},{\"type\":\"text\",\"text\":\"What is shown in this image?\"}]}";
        String begun = ",{\"role\":\"assistant\",\"content\":\"a red\"}";

        assertThat(said(ask("\"messages\":[" + question + "]"))).isEqualTo("a red apple");
        assertThat(said(ask("\"messages\":[" + question + begun + "]"))).isEqualTo(" apple");
        String streamed = running.post(
                        CHAT, "{\"temperature\":0,\"stream\":true,\"messages\":[" + question + begun + "]}")
                .body();
        assertThat(streamed).contains("apple").doesNotContain("a red");
    }

    @Test
    void requestIdsAreGivenBackWhenTheyAreSane() throws IOException, InterruptedException {
        assertThat(running.get("health", "x-request-id", "abc-1").headers().firstValue("x-request-id"))
                .contains("abc-1");
        assertThat(running.get("health", "x-request-id", "a b;c").headers().firstValue("x-request-id"))
                .hasValueSatisfying(id -> assertThat(id).matches("[0-9a-f]{16}"));
    }

    @Test
    void aClientThatVanishesFreesItsSlotAtOnce() throws IOException, InterruptedException {
        RawClient client = new RawClient(running.server.address());
        client.send(RawClient.post(CHAT, LONG_ANSWER)).until("\"content\":");
        assertThat(running.scheduler.status().running()).isPositive();

        client.close();
        awaitIdle();
    }

    @Test
    void aClientThatVanishesBeforeItsAnswerFreesItsSlotToo() throws IOException, InterruptedException {
        RawClient client = new RawClient(running.server.address());
        client.send(RawClient.post(CHAT, LONG_ANSWER.replace("\"stream\":true,", "")));
        await(() -> running.scheduler.status().running() > 0);

        client.close();
        awaitIdle();
    }

    private static void awaitIdle() throws InterruptedException {
        await(() -> running.scheduler.status().running() == 0);
        await(() -> running.server.requests() == 0);
    }

    /// Waits; a test that fails here would wait for half a minute.
    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(end);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void aReaderThatDoesNotReadStopsNobodyElse() throws Exception {
        try (RawClient lazy = new RawClient(running.server.address())) {
            lazy.socket.setReceiveBufferSize(1024);
            lazy.send(RawClient.post(CHAT, LONG_ANSWER));
            HttpResponse<String> other = running.post(
                    CHAT, "{\"messages\":[{\"role\":\"user\",\"content\":\"Name a fruit\"}],\"max_tokens\":5}");

            assertThat(other.statusCode()).isEqualTo(200);
        }
        awaitIdle();
    }

    @Test
    void manyIdleConnectionsAndActiveOnesLiveTogether() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1000; i++) {
                idle.add(new RawClient(running.server.address()));
            }
            List<Future<Integer>> active = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                Callable<Integer> ask = () -> running.post("/tokenize", "{\"content\":\"a red apple\"}")
                        .statusCode();
                active.add(pool.submit(ask));
            }
            for (Future<Integer> one : active) {
                assertThat(one.get()).isEqualTo(200);
            }
            assertThat(running.server.connections()).isGreaterThanOrEqualTo(1000);
        } finally {
            for (RawClient one : idle) {
                one.close();
            }
        }
    }
}
