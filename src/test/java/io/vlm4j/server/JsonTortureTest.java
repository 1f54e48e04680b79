package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Whatever a client sends instead of a request, it is answered: with what it asked for, or with an error that is the
/// client's, in the shape that the client knows.
///
/// `-Dvlm4j.seed=7 -Dvlm4j.damages=5000` for other and more random damages.
@Tag("native")
@Tag("model")
class JsonTortureTest {
    private static final long SEED = Long.getLong("vlm4j.seed", 1);
    private static final int DAMAGES = Integer.getInteger("vlm4j.damages", 60);
    private static final Set<Integer> EXPECTED = Set.of(200, 400, 413, 503);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PICTURE = "data:image/png;base64,"
            + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    /// What stands where something else should. Numbers that no type holds are texts of JSON.
    private static final List<String> WRONG = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "-1.5e-400",
            "9223372036854775808",
            "123456789012345678901234567890",
            "0.1",
            "\"\"",
            "\"\\ud800\"",
            "\"\\u0000\\uffff\"",
            "\"" + "x".repeat(5000) + "\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"\":null}",
            "[".repeat(600) + "]".repeat(600));

    private static final List<String> NO_JSON = List.of(
            "",
            " ",
            "\u0000",
            "{",
            "}",
            "{\"a\"",
            "{\"a\":}",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "{\"a\":NaN}",
            "{\"a\":Infinity}",
            "{\"a\":-}",
            "{\"a\":01}",
            "{\"a\":0x1}",
            "{\"a\":1e}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":1}{\"b\":2}",
            "/* no */ {}",
            "<xml/>",
            "[".repeat(50_000),
            "{\"a\":".repeat(50_000),
            "{\"a\":" + "9".repeat(50_000) + "}",
            "{\"" + "k".repeat(200_000) + "\":1}",
            "\"" + "\\u0041".repeat(50_000));

    private static RunningServer running;

    private record Endpoint(String path, String request, boolean anthropic) {
        Endpoint(String path, String request) {
            this(path, request, false);
        }
    }

    private static final List<Endpoint> ENDPOINTS = List.of(
            new Endpoint("/v1/chat/completions", """
                    {"model":"m","messages":[{"role":"system","content":"Be brief."},
                     {"role":"user","name":"n","content":[{"type":"text","text":"What?"},
                      {"type":"image_url","image_url":{"url":"%s","detail":"low"}}]},
                     {"role":"assistant","content":"A thing","reasoning_content":"because"},
                     {"role":"user","content":"And?"}],
                     "temperature":0.5,"top_p":0.9,"top_k":4,"min_p":0.1,"typical_p":1,"presence_penalty":0.1,
                     "frequency_penalty":0.1,"repeat_penalty":1.1,"repeat_last_n":8,"seed":1,"n":1,"stop":["x"],
                     "max_completion_tokens":2,"max_tokens":2,"logprobs":true,"top_logprobs":2,
                     "logit_bias":{"5":-100},"stream":false,"stream_options":{"include_usage":true},
                     "ignore_eos":false,"response_format":{"type":"text"},"chat_template_kwargs":{"a":1},
                     "reasoning_effort":"low","reasoning_format":"auto","tool_choice":"none","tools":[],
                     "parallel_tool_calls":false,"user":"u"}
                    """.formatted(PICTURE)),
            new Endpoint("/v1/chat/completions", """
                    {"messages":[{"role":"user","content":"JSON!"}],"max_tokens":2,"temperature":0,
                     "response_format":{"type":"json_schema","json_schema":{"name":"a","strict":true,"schema":
                      {"type":"object","properties":{"a":{"type":"string","maxLength":3},"b":{"type":"array",
                       "items":{"enum":[1,2]},"minItems":1,"maxItems":2}},"required":["a"],
                       "additionalProperties":false}}}}
                    """),
            new Endpoint("/v1/completions", """
                    {"model":"m","prompt":["USER: What is"],"echo":true,"logprobs":1,"n":1,"max_tokens":2,"stop":"x",
                     "stream":false,"temperature":0,"logit_bias":{"7":1},"seed":3,"grammar":"root ::= [a-z]+"}
                    """),
            new Endpoint("/v1/completions", "{\"prompt\":[[1,2,3],[4,5]],\"max_tokens\":1}"),
            new Endpoint("/v1/responses", """
                    {"model":"m","instructions":"Be brief.","input":[{"type":"message","role":"user","content":[
                     {"type":"input_text","text":"What?"},{"type":"input_image","image_url":"%s","detail":"auto"}]}],
                     "max_output_tokens":2,"temperature":0,"top_p":1,"store":false,"stream":false,
                     "text":{"format":{"type":"text"}},"reasoning":{"effort":"low"},"tools":[],"metadata":{"a":"b"},
                     "previous_response_id":null,"background":false}
                    """.formatted(PICTURE)),
            new Endpoint("/v1/embeddings", """
                    {"model":"m","input":["a red apple","a house"],"encoding_format":"float","user":"u"}
                    """),
            new Endpoint("/v1/messages", """
                    {"model":"m","max_tokens":2,"system":[{"type":"text","text":"Be brief."}],"messages":[
                     {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png",
                      "data":"%s"}},{"type":"text","text":"What?"}]}],"stop_sequences":["x"],"stream":false,
                     "temperature":0.5,"top_p":1,"top_k":5,"thinking":{"type":"disabled"},"metadata":{"user_id":"u"}}
                    """.formatted(PICTURE.substring(22)), true),
            new Endpoint("/v1/messages/count_tokens", """
                    {"model":"m","system":"s","messages":[{"role":"user","content":"What?"}]}
                    """, true),
            new Endpoint("/tokenize", "{\"content\":\"a b\",\"add_special\":true,\"with_pieces\":true}"),
            new Endpoint("/detokenize", "{\"tokens\":[1,2,3]}"),
            new Endpoint("/vlm4j/attention", """
                    {"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"%s"}},
                     {"type":"text","text":"What?"}]}],"max_tokens":2,"temperature":0}
                    """.formatted(PICTURE)));

    @BeforeAll
    static void start() {
        running = RunningServer.start(RunningServer.options()
                .limits(ServerLimits.builder().bodyBytes(1 << 20).tokens(3).build())
                .build());
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    private static HttpResponse<String> post(Endpoint endpoint, byte[] body) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(running.at(endpoint.path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(Endpoint endpoint, String body) throws IOException, InterruptedException {
        return post(endpoint, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void check(Endpoint endpoint, HttpResponse<String> response, String sent) {
        String what = endpoint.path + " " + (sent.length() > 1500 ? sent.substring(0, 1500) + "..." : sent) + "\n"
                + response.statusCode() + " " + response.body();
        assertThat(response.statusCode()).as(what).isIn(EXPECTED);
        if (response.statusCode() != 200) {
            JsonNode answer = RunningServer.json(response);
            assertThat(answer.path("error").path("message").asString(""))
                    .as(what)
                    .isNotEmpty();
            assertThat(answer.path("error").path("type").asString("")).as(what).isNotEmpty();
            assertThat(answer.path("error").has("param")).as(what).isEqualTo(!endpoint.anthropic);
            assertThat(answer.path("type").asString("none")).as(what).isEqualTo(endpoint.anthropic ? "error" : "none");
            assertThat(response.body()).as(what).doesNotContain("java.", "tools.jackson", "Exception");
        }
    }

    @TestFactory
    List<DynamicTest> everyRequestIsRightToBeginWith() {
        return each(endpoint -> {
            HttpResponse<String> response = post(endpoint, endpoint.request);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        });
    }

    @TestFactory
    List<DynamicTest> whatIsNoJsonIsRefused() {
        return each(endpoint -> {
            for (String text : NO_JSON) {
                HttpResponse<String> response = post(endpoint, text);
                check(endpoint, response, text);
                assertThat(response.statusCode()).as(text).isEqualTo(400);
            }
        });
    }

    @TestFactory
    List<DynamicTest> everyValueIsReplacedByOthers() {
        return each(endpoint -> {
            for (String wrong : WRONG) {
                for (String body : replaced(endpoint.request, wrong)) {
                    check(endpoint, post(endpoint, body), body);
                }
            }
        });
    }

    @TestFactory
    List<DynamicTest> everyFieldIsLeftOutAndSaidTwice() {
        return each(endpoint -> {
            JsonNode request = RunningServer.JSON.readTree(endpoint.request);
            for (String name : request.propertyNames()) {
                String without = ((ObjectNode) request.deepCopy()).without(name).toString();
                check(endpoint, post(endpoint, without), without);
                String twice = "{\"" + name + "\":[{}]," + request.toString().substring(1);
                check(endpoint, post(endpoint, twice), twice);
            }
        });
    }

    @TestFactory
    List<DynamicTest> otherEncodingsAreRefusedOrUnderstood() {
        return each(endpoint -> {
            for (String name : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "IBM500")) {
                check(endpoint, post(endpoint, endpoint.request.getBytes(Charset.forName(name))), name);
            }
            check(endpoint, post(endpoint, "\ufeff" + endpoint.request), "BOM");
            for (byte[] bad : List.of(
                    new byte[] {(byte) 0xff},
                    new byte[] {(byte) 0xc0, (byte) 0x80},
                    new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
                    new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
                    new byte[] {(byte) 0xe2, (byte) 0x82})) {
                byte[] body = endpoint.request.getBytes(StandardCharsets.UTF_8);
                for (int at = body.length - 1; at >= 0; at--) {
                    if (body[at] == '"') {
                        ByteArrayOutputStream damaged = new ByteArrayOutputStream();
                        damaged.write(body, 0, at);
                        damaged.writeBytes(bad);
                        damaged.write(body, at, body.length - at);
                        check(endpoint, post(endpoint, damaged.toByteArray()), Arrays.toString(bad));
                        break;
                    }
                }
            }
        });
    }

    @TestFactory
    List<DynamicTest> whateverIsDamagedIsAnswered() {
        return each(endpoint -> {
            Random random = new Random(SEED + endpoint.request.hashCode());
            for (int damage = 0; damage < DAMAGES; damage++) {
                byte[] body = damaged(endpoint.request.getBytes(StandardCharsets.UTF_8), random);
                check(endpoint, post(endpoint, body), new String(body, StandardCharsets.ISO_8859_1));
            }
        });
    }

    private static byte[] damaged(byte[] body, Random random) {
        byte[] damaged = body.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged = Arrays.copyOf(body, random.nextInt(body.length));
            case 1 -> damaged[random.nextInt(body.length)] = (byte) random.nextInt(256);
            case 2 -> {
                int from = random.nextInt(body.length);
                int length = random.nextInt(Math.min(40, body.length - from));
                System.arraycopy(body, random.nextInt(body.length - length), damaged, from, length);
            }
            default -> {
                for (int i = 0; i < 5; i++) {
                    damaged[random.nextInt(body.length)] = (byte) "{}[]\",:0e-\\".charAt(random.nextInt(11));
                }
            }
        }
        return damaged;
    }

    private interface Check {
        void of(Endpoint endpoint) throws IOException, InterruptedException;
    }

    /// One test for each endpoint, after which the server must be alive and its slots free.
    private static List<DynamicTest> each(Check check) {
        return ENDPOINTS.stream()
                .map(endpoint -> DynamicTest.dynamicTest(endpoint.path, () -> {
                    check.of(endpoint);
                    assertThat(running.get("health").statusCode()).isEqualTo(200);
                    assertThat(running.scheduler.status().running()).isZero();
                }))
                .toList();
    }

    /// The request with each of its values, whatever their depth, replaced in turn.
    private static List<String> replaced(String request, String by) {
        String mark = "\u0001mark\u0001";
        String quoted = RunningServer.JSON.writeValueAsString(mark);
        List<String> all = new ArrayList<>(List.of(by));
        JsonNode root = RunningServer.JSON.readTree(request);
        replace(root, root, mark, all);
        all.replaceAll(text -> text.replace(quoted, by));
        return all;
    }

    private static void replace(JsonNode root, JsonNode node, String mark, List<String> all) {
        if (node instanceof ObjectNode object) {
            for (String name : List.copyOf(object.propertyNames())) {
                JsonNode before = object.get(name);
                object.put(name, mark);
                all.add(root.toString());
                object.set(name, before);
                replace(root, before, mark, all);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                JsonNode before = array.get(i);
                array.set(i, RunningServer.JSON.valueToTree(mark));
                all.add(root.toString());
                array.set(i, before);
                replace(root, before, mark, all);
            }
        }
    }
}
