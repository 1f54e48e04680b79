package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.TextBlockParam;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Anthropic's own client, unmodified, against the server.
@Tag("native")
@Tag("model")
class AnthropicClientTest {
    private static RunningServer running;
    private static AnthropicClient client;

    @BeforeAll
    static void start() {
        running = RunningServer.start(
                RunningServer.options().keys(ApiKeys.of(List.of("secret"))).build());
        client = client("secret");
    }

    @AfterAll
    static void stop() {
        client.close();
        running.close();
    }

    private static AnthropicClient client(String key) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(running.at("/").toString().replaceAll("/$", ""))
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static MessageCreateParams.Builder aboutThePicture() {
        String data = RunningServer.picture();
        return MessageCreateParams.builder()
                .model("any")
                .putAdditionalBodyProperty("temperature", JsonValue.from(0.0))
                .maxTokens(24)
                .addUserMessageOfContentBlockParams(List.of(
                        ContentBlockParam.ofImage(ImageBlockParam.builder()
                                .source(Base64ImageSource.builder()
                                        .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                                        .data(data.substring(data.indexOf(',') + 1))
                                        .build())
                                .build()),
                        ContentBlockParam.ofText(TextBlockParam.builder()
                                .text("What is shown in this image?")
                                .build())));
    }

    @Test
    void aPictureIsSeen() {
        Message message = client.messages().create(aboutThePicture().build());

        assertThat(message.content().getFirst().asText().text()).isEqualTo("a red apple");
        assertThat(message.stopReason().orElseThrow().asString()).isEqualTo("end_turn");
    }

    @Test
    void aStreamSaysTheSame() {
        MessageAccumulator all = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.messages().createStreaming(aboutThePicture().build())) {
            stream.stream().forEach(all::accumulate);
        }

        assertThat(all.message().content().getFirst().asText().text()).isEqualTo("a red apple");
    }

    @Test
    void aStopSequenceEndsTheAnswer() {
        Message message = client.messages()
                .create(aboutThePicture().addStopSequence(" apple").build());

        assertThat(message.content().getFirst().asText().text()).isEqualTo("a red");
        assertThat(message.stopReason().orElseThrow().asString()).isEqualTo("stop_sequence");
    }

    @Test
    void tokensAreCounted() {
        long tokens = client.messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model("any")
                        .addUserMessage("Name a fruit.")
                        .build())
                .inputTokens();

        assertThat(tokens).isBetween(3L, 40L);
    }

    @Test
    void whatIsWrongIsToldInTheClientsOwnWords() {
        AnthropicClient stranger = client("wrong");
        assertThatThrownBy(() -> stranger.messages().create(aboutThePicture().build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThatThrownBy(() -> client.messages()
                        .create(aboutThePicture()
                                .putAdditionalBodyProperty("temperature", JsonValue.from(-1.0))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("temperature must be 0 to 1000");
    }
}
