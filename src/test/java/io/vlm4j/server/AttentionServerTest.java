package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// `/vlm4j/attention`, asked as the page asks it: with the body of the chat completion whose answer is shown.
@Tag("native")
@Tag("model")
class AttentionServerTest {
    private static RunningServer running;

    @BeforeAll
    static void start() {
        running = RunningServer.start();
    }

    @AfterAll
    static void close() {
        running.close();
    }

    private static String picture(String sample) throws IOException {
        return "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,%s\"}}"
                .formatted(Base64.getEncoder().encodeToString(Files.readAllBytes(TestModels.sample(sample))));
    }

    @Test
    void theAnswerIsTheOneOfTheConversation() throws Exception {
        String messages = """
                {"temperature":0,"messages":[
                 {"role":"user","content":[%s,{"type":"text","text":"What is shown in this image?"}]},
                 {"role":"assistant","content":"a phone and a toilet"},
                 {"role":"user","content":[%s,{"type":"text","text":"What is at the top?"}]},
                 {"role":"assistant","content":"a lifebuoy"},
                 {"role":"user","content":"What is at the bottom?"}]}
                """.formatted(picture("02-phone-toilet.png"), picture("07-lifebuoy-camel.png"));

        HttpResponse<String> looked = running.post("/vlm4j/attention", messages);
        HttpResponse<String> answered = running.post("/v1/chat/completions", messages);

        assertThat(looked.statusCode()).as(looked.body()).isEqualTo(200);
        JsonNode attention = RunningServer.json(looked);
        assertThat(attention.path("text").stringValue())
                .isEqualTo(RunningServer.json(answered)
                        .at("/choices/0/message/content")
                        .stringValue())
                .contains("camel");
        assertThat(attention.path("words")).isNotEmpty();
    }

    @Test
    void aConversationWithoutAPictureIsRefused() throws Exception {
        HttpResponse<String> looked =
                running.post("/vlm4j/attention", "{\"messages\":[{\"role\":\"user\",\"content\":\"What?\"}]}");

        assertThat(looked.statusCode()).isEqualTo(400);
        assertThat(looked.body()).contains("no question about a picture");
    }
}
