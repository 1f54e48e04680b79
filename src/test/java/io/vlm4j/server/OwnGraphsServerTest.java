package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.conversion.Conversion;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import io.vlm4j.generation.Generation;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models that graphs of our own compute, behind HTTP: their answers come one after the other.
@Tag("native")
@Tag("reference")
class OwnGraphsServerTest {
    private static final String QUESTION = "what is shown?";

    @ParameterizedTest
    @ValueSource(strings = {"fuyu", "kosmos2"})
    void severalRequestsAreAnsweredAsByTheModelAlone(String name, @TempDir Path folder)
            throws IOException, InterruptedException {
        Path file = Conversion.convert(
                        TestModels.reference("golden/models/" + name), folder, ConversionOptions.of(WeightType.F32))
                .model();
        Path picture = TestModels.reference("golden/images/100x70.png");
        ContextOptions context =
                ContextOptions.builder().contextLength(256).threads(1).build();
        List<Integer> alone;
        String expected;
        try (Vlm vlm = Vlm.open(file, VlmOptions.defaults().withContext(context))) {
            Generation answer = vlm.ask(
                    ImageInput.of(picture), QUESTION, Vlm.options().maxTokens(8).build());
            alone = answer.tokens();
            expected = answer.text();
        }
        try (Model model = Model.open(file);
                Projector projector = model.openProjector(file);
                ChatTemplate template = ChatTemplate.of(model);
                Scheduler scheduler = Scheduler.start(
                        model,
                        projector,
                        SchedulerOptions.builder().slots(3).context(context).build());
                Server server = Server.start(
                        ServedModel.of(scheduler, template),
                        ServerOptions.builder().port(0).name(name).build());
                HttpClient client = HttpClient.newHttpClient()) {
            String image = "data:image/png;base64," + Base64.getEncoder().encodeToString(Files.readAllBytes(picture));
            String body = "{\"max_tokens\":8,\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":["
                    + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + image + "\"}},"
                    + "{\"type\":\"text\",\"text\":\"" + QUESTION + "\"}]}]}";
            HttpRequest request = HttpRequest.newBuilder(server.address().resolve("v1/chat/completions"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
            }

            assertThat(scheduler.options().slots()).isEqualTo(1);
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                JsonNode json = JsonMapper.shared().readTree(answer.join().body());
                assertThat(json.get("usage").get("completion_tokens").asInt())
                        .as(json.toString())
                        .isEqualTo(alone.size());
                assertThat(json.get("choices")
                                .get(0)
                                .get("message")
                                .get("content")
                                .asString())
                        .isEqualToIgnoringWhitespace(expected);
            }
        }
    }
}
