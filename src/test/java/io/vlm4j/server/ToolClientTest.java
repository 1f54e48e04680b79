package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.anthropic.models.messages.ToolUseBlock;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import io.vlm4j.model.Model;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.sampling.Candidates;
import io.vlm4j.sampling.CustomSampler;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Calls of tools, for the clients of OpenAI and Anthropic. The bundled model knows no tools: a template of another
/// model asks for them, and a sampler step begins and ends the call; what is in between is the model's, under the
/// grammar.
@Tag("native")
@Tag("model")
class ToolClientTest {
    private static RunningServer running;
    private static Model vocabulary;

    private static final class Caller implements CustomSampler {
        private static final String BEGIN = "<tool_call>\n{";
        private final Tokenizer tokenizer = vocabulary.tokenizer();
        private final StringBuilder written = new StringBuilder();

        @Override
        public void apply(Candidates candidates) {
            String left = BEGIN.substring(Math.min(written.length(), BEGIN.length()));
            boolean done = written.indexOf("</tool_call>") > 0;
            for (int i = 0; i < candidates.size(); i++) {
                String piece = piece(candidates.token(i));
                boolean next = !left.isEmpty() && !piece.isEmpty() && left.startsWith(piece);
                if (next || (done && tokenizer.isEndOfGeneration(candidates.token(i)))) {
                    candidates.setLogit(i, 1000 + candidates.logit(i));
                }
            }
        }

        @Override
        public void accept(int token) {
            written.append(piece(token));
            if (tokenizer.isEndOfGeneration(token)) {
                written.setLength(0);
            }
        }

        private String piece(int token) {
            return new String(tokenizer.piece(token), StandardCharsets.UTF_8);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        vocabulary = Model.open(TestModels.bundled());
        String template = Files.readString(Path.of(
                "native/build/src/llama.cpp/models/templates/NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja"));
        running = RunningServer.start(
                RunningServer.options()
                        .sampling(SamplingOptions.builder()
                                .temperature(0)
                                .custom(new Caller())
                                .build())
                        .build(),
                template);
    }

    @AfterAll
    static void stop() {
        running.close();
        vocabulary.close();
    }

    @Test
    void openAisClientGetsACall() {
        FunctionDefinition weather = FunctionDefinition.builder()
                .name("weather")
                .description("The weather of a city")
                .parameters(FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty("properties", JsonValue.from(Map.of("sunny", Map.of("type", "boolean"))))
                        .putAdditionalProperty("required", JsonValue.from(List.of("sunny")))
                        .build())
                .build();
        ChatCompletionCreateParams request = ChatCompletionCreateParams.builder()
                .model("any")
                .maxCompletionTokens(120)
                .parallelToolCalls(false)
                .addUserMessage("How is the weather?")
                .addTool(ChatCompletionFunctionTool.builder().function(weather).build())
                .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                .build();
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(running.at("v1").toString())
                .apiKey("none")
                .maxRetries(0)
                .build();
        ChatCompletion completion = client.chat().completions().create(request);
        ChatCompletionAccumulator streamed = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(request)) {
            stream.stream().forEach(streamed::accumulate);
        }

        for (ChatCompletion one : List.of(completion, streamed.chatCompletion())) {
            assertThat(one.choices().getFirst().finishReason())
                    .isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
            var call = one.choices()
                    .getFirst()
                    .message()
                    .toolCalls()
                    .orElseThrow()
                    .getFirst()
                    .asFunction();
            assertThat(call.function().name()).isEqualTo("weather");
            assertThat(call.id()).isNotEmpty();
            assertThat(RunningServer.JSON
                            .readTree(call.function().arguments())
                            .path("sunny")
                            .isBoolean())
                    .isTrue();
        }
    }

    @Test
    void anthropicsClientGetsACall() {
        AnthropicClient client = AnthropicOkHttpClient.builder()
                .baseUrl(running.at("/").toString().replaceAll("/$", ""))
                .apiKey("none")
                .maxRetries(0)
                .build();
        MessageCreateParams request = MessageCreateParams.builder()
                .model("any")
                .maxTokens(120)
                .addUserMessage("How is the weather?")
                .addTool(Tool.builder()
                        .name("weather")
                        .inputSchema(Tool.InputSchema.builder()
                                .properties(Tool.InputSchema.Properties.builder()
                                        .putAdditionalProperty(
                                                "sunny", com.anthropic.core.JsonValue.from(Map.of("type", "boolean")))
                                        .build())
                                .required(List.of("sunny"))
                                .build())
                        .build())
                .toolChoice(ToolChoiceAny.builder().disableParallelToolUse(true).build())
                .build();
        Message message = client.messages().create(request);
        MessageAccumulator streamed = MessageAccumulator.create();
        try (com.anthropic.core.http.StreamResponse<RawMessageStreamEvent> stream =
                client.messages().createStreaming(request)) {
            stream.stream().forEach(streamed::accumulate);
        }

        for (Message one : List.of(message, streamed.message())) {
            assertThat(one.stopReason()).contains(StopReason.TOOL_USE);
            ToolUseBlock call = one.content().getLast().asToolUse();
            assertThat(call.name()).isEqualTo("weather");
            assertThat(call._input().toString()).contains("sunny");
        }
        client.close();
    }
}
