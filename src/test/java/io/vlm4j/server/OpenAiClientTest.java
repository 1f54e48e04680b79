package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.StructuredChatCompletion;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import io.vlm4j.generation.Generation;
import io.vlm4j.media.ImageInput;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// OpenAI's own client, unmodified, against the server; answers are those that the library gives.
@Tag("native")
@Tag("model")
class OpenAiClientTest {
    private static final String QUESTION = "What is shown in this image?";
    private static RunningServer running;
    private static OpenAIClient client;

    /// What structured answers must look like.
    static final class Fruit {
        public String name;
        public int count;
    }

    @BeforeAll
    static void start() {
        running = RunningServer.start(RunningServer.options()
                .keys(ApiKeys.of(List.of("secret-1", "secret-2")))
                .build());
        client = client("secret-2");
    }

    @AfterAll
    static void stop() {
        client.close();
        running.close();
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(running.at("v1").toString())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder greedy() {
        return ChatCompletionCreateParams.builder()
                .model("any")
                .temperature(0.0)
                .maxCompletionTokens(24);
    }

    private static ChatCompletionCreateParams.Builder aboutThePicture() {
        return greedy().addUserMessageOfArrayOfContentParts(List.of(
                ChatCompletionContentPart.ofImageUrl(ChatCompletionContentPartImage.builder()
                        .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
                                .url(RunningServer.picture())
                                .build())
                        .build()),
                ChatCompletionContentPart.ofText(
                        ChatCompletionContentPartText.builder().text(QUESTION).build())));
    }

    private static Generation answerOfTheLibrary() {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            return vlm.ask(
                    ImageInput.of(TestModels.sample("06-red_apple.png")),
                    QUESTION,
                    Vlm.options().maxTokens(24).build());
        }
    }

    @Test
    void aPictureIsAnsweredAsTheLibraryAnswersIt() {
        ChatCompletion completion =
                client.chat().completions().create(aboutThePicture().build());

        Generation expected = answerOfTheLibrary();
        assertThat(completion.choices().getFirst().message().content()).contains(expected.text());
        assertThat(completion.usage().orElseThrow().promptTokens())
                .isEqualTo(expected.usage().promptTokens());
        assertThat(completion.usage().orElseThrow().completionTokens())
                .isEqualTo(expected.usage().completionTokens());
        assertThat(completion.model()).isEqualTo("pico");
    }

    @Test
    void aStreamSaysTheSameInPieces() {
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        int[] usages = {0};
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(aboutThePicture()
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream()
                    .peek(chunk -> usages[0] += chunk.usage().isPresent() ? 1 : 0)
                    .forEach(all::accumulate);
        }

        assertThat(all.chatCompletion().choices().getFirst().message().content())
                .contains(answerOfTheLibrary().text());
        assertThat(usages[0]).isEqualTo(1);
    }

    @Test
    void severalAnswersAreMadeAtOnce() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(aboutThePicture().n(3).build()); // sure of it: however sums are rounded, it says the same

        assertThat(completion.choices()).hasSize(3);
        assertThat(completion.choices().stream().map(choice -> choice.message().content()))
                .containsOnly(completion.choices().getFirst().message().content());
    }

    @Test
    void aSchemaIsFollowed() {
        StructuredChatCompletion<Fruit> completion = client.chat()
                .completions()
                .create(greedy().maxCompletionTokens(300)
                        .addUserMessage("Name a fruit.")
                        .responseFormat(Fruit.class)
                        .build());

        assertThat(completion.choices().getFirst().message().content()).isPresent();
        Fruit fruit = completion.choices().getFirst().message().content().orElseThrow();
        assertThat(fruit.name).isNotNull();
    }

    @Test
    void probabilitiesAreTold() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(greedy().addUserMessage("Name a fruit.")
                        .logprobs(true)
                        .topLogprobs(3)
                        .build());

        var tokens = completion
                .choices()
                .getFirst()
                .logprobs()
                .orElseThrow()
                .content()
                .orElseThrow();
        assertThat(tokens).hasSizeBetween(1, 24).allSatisfy(token -> {
            assertThat(token.logprob()).isLessThanOrEqualTo(0);
            assertThat(token.topLogprobs()).hasSize(3);
            assertThat(token.topLogprobs().getFirst().logprob()).isEqualTo(token.logprob()); // greedy
        });
    }

    @Test
    void textsAreCompleted() {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("any")
                        .prompt("The apple is")
                        .echo(true)
                        .temperature(0.0)
                        .maxTokens(5)
                        .build());

        assertThat(completion.choices().getFirst().text()).startsWith("The apple is");
        assertThat(completion.usage().orElseThrow().completionTokens()).isBetween(1L, 5L);
    }

    @Test
    void tokensAreGoneOnWithAsTheyAre() {
        List<Long> ofText = tokens("The apple is");
        Completion text = completion(CompletionCreateParams.Prompt.ofString("The apple is"));
        Completion same = completion(CompletionCreateParams.Prompt.ofArrayOfTokens(ofText));
        assertThat(same.choices().getFirst().text())
                .isEqualTo(text.choices().getFirst().text());
        assertThat(same.usage().orElseThrow().promptTokens()).isEqualTo(ofText.size());

        List<Long> apart = new ArrayList<>(tokens("The"));
        for (String letter : List.of("a", "p", "p", "l", "e")) { // no text is tokenized like this
            apart.addAll(tokens(letter).subList(1, tokens(letter).size()));
        }
        Completion two = completion(CompletionCreateParams.Prompt.ofArrayOfTokenArrays(List.of(apart, ofText)));
        assertThat(two.choices()).hasSize(2);
        assertThat(two.choices().get(1).text())
                .isEqualTo(text.choices().getFirst().text());
        assertThat(two.usage().orElseThrow().promptTokens()).isEqualTo(apart.size() + ofText.size());
        assertThat(tokens(running.text(apart))).hasSizeLessThan(apart.size());

        assertThatThrownBy(() -> completion(CompletionCreateParams.Prompt.ofArrayOfTokens(List.of(1L, 1L << 40))))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("prompt[1]");
    }

    private static List<Long> tokens(String text) {
        return running.tokens(text);
    }

    private static Completion completion(CompletionCreateParams.Prompt prompt) {
        return client.completions()
                .create(CompletionCreateParams.builder()
                        .model("any")
                        .prompt(prompt)
                        .temperature(0.0)
                        .maxTokens(5)
                        .build());
    }

    @Test
    void textsAreEmbedded() {
        CreateEmbeddingResponse response = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("any")
                        .inputOfArrayOfStrings(List.of("a red apple", "a green tree"))
                        .build());

        assertThat(response.data()).hasSize(2).allSatisfy(one -> {
            assertThat(one.embedding()).hasSize(TestModels.bundledEmbedding());
            double squares = one.embedding().stream().mapToDouble(x -> x * x).sum();
            assertThat(squares).isBetween(0.999, 1.001);
        });
        assertThat(response.data().get(0).embedding())
                .isNotEqualTo(response.data().get(1).embedding());
    }

    @Test
    void modelsAreListed() {
        assertThat(client.models().list().data().stream().map(model -> model.id()))
                .containsExactly("pico");
        assertThat(client.models().retrieve("pico").id()).isEqualTo("pico");
    }

    @Test
    void aResponseIsGivenAtOnceAndAsEvents() {
        ResponseCreateParams request = ResponseCreateParams.builder()
                .model("any")
                .instructions("Be brief.")
                .input("Name a fruit.")
                .temperature(0.0)
                .maxOutputTokens(16)
                .build();
        Response response = client.responses().create(request);
        StringBuilder said = new StringBuilder();
        StringBuilder done = new StringBuilder();
        Response[] last = new Response[1];
        try (StreamResponse<ResponseStreamEvent> stream = client.responses().createStreaming(request)) {
            stream.stream().forEach(event -> {
                event.outputTextDelta().ifPresent(delta -> said.append(delta.delta()));
                event.outputTextDone().ifPresent(text -> done.append(text.text()));
                event.completed().ifPresent(end -> last[0] = end.response());
                event.incomplete().ifPresent(end -> last[0] = end.response());
            });
        }

        String text = text(response);
        assertThat(text).isNotEmpty();
        assertThat(said).hasToString(text);
        assertThat(done).hasToString(text);
        assertThat(text(last[0])).isEqualTo(text);
        assertThat(response.usage().orElseThrow().outputTokens()).isBetween(1L, 16L);
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .asMessage()
                .content()
                .getFirst()
                .asOutputText()
                .text();
    }

    @Test
    void whatIsWrongIsToldInTheClientsOwnWords() {
        OpenAIClient stranger = client("wrong");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(greedy().addUserMessage("Hello")
                                .temperature(-1.0)
                                .build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.param()).contains("temperature"))
                .hasMessageContaining("temperature must be 0 to 1000, not -1");
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(greedy().addUserMessage("word ".repeat(9000)).build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.code()).contains("context_length_exceeded"));
    }
}
