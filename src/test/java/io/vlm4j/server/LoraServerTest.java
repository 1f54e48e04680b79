package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.Adapters;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.model.LoraAdapter;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.sampling.SamplingOptions;
import io.vlm4j.testkit.RandomLora;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Adapters of a server, chosen by each request. What they should answer comes from a [Generator] by itself.
@Tag("native")
@Tag("model")
class LoraServerTest {
    private static final String PROMPT = "USER: What is in the picture? ASSISTANT:";

    @TempDir
    static Path folder;

    private static RunningServer running;
    private static String plain;
    private static String first;
    private static String both;

    @BeforeAll
    static void start() {
        Path one = new RandomLora(4, 8, 0.3, 1).write(TestModels.bundled(), folder.resolve("one.gguf"));
        Path two = new RandomLora(2, 8, 0.3, 2).write(TestModels.bundled(), folder.resolve("two.gguf"));
        try (Model model = Model.open(TestModels.bundled());
                LoraAdapter a = model.openAdapter(one);
                LoraAdapter b = model.openAdapter(two);
                InferenceContext context = InferenceContext.create(
                        model, ContextOptions.builder().threads(1).build())) {
            plain = answer(context, Adapters.none());
            first = answer(context, Adapters.of(a));
            both = answer(context, Adapters.of(a).with(b, 0.5f));
        }
        running = RunningServer.startWith(
                model -> Adapters.of(model.openAdapter(one)).with(model.openAdapter(two), 0));
    }

    @AfterAll
    static void end() {
        running.close();
    }

    private static String answer(InferenceContext context, Adapters adapters) {
        GenerationOptions options = GenerationOptions.builder()
                .maxTokens(16)
                .ignoreEnd(true)
                .adapters(adapters)
                .sampling(SamplingOptions.greedy())
                .build();
        return new Generator(context, null)
                .generate(Prompt.builder().markup(PROMPT).build(), options)
                .text();
    }

    private static HttpResponse<String> ask(String lora) throws IOException, InterruptedException {
        return running.post(
                "v1/completions",
                "{\"prompt\":\"" + PROMPT + "\",\"temperature\":0,\"max_tokens\":16,\"ignore_eos\":true" + lora + "}");
    }

    private static String text(String lora) throws IOException, InterruptedException {
        return RunningServer.json(ask(lora)).at("/choices/0/text").asString();
    }

    @Test
    void requestsChooseTheirAdapters() throws IOException, InterruptedException {
        assertThat(first).isNotEqualTo(plain).isNotEqualTo(both);

        assertThat(text("")).isEqualTo(first);
        assertThat(text(",\"lora\":[]")).isEqualTo(plain);
        assertThat(text(",\"lora\":[{\"id\":0}]")).isEqualTo(first);
        assertThat(text(",\"lora\":[{\"id\":1,\"scale\":0.5},{\"id\":0,\"scale\":1}]"))
                .isEqualTo(both);
    }

    @Test
    void theListNamesThemWithoutTheirFolders() throws IOException, InterruptedException {
        JsonNode list = RunningServer.json(running.get("lora-adapters"));

        assertThat(list.toString())
                .isEqualTo("[{\"id\":0,\"path\":\"one.gguf\",\"scale\":1.0},"
                        + "{\"id\":1,\"path\":\"two.gguf\",\"scale\":0.0}]");
    }

    @Test
    void anAdapterThatThereIsNotIsRefused() throws IOException, InterruptedException {
        HttpResponse<String> unknown = ask(",\"lora\":[{\"id\":2}]");
        HttpResponse<String> twice = ask(",\"lora\":[{\"id\":1},{\"id\":1}]");

        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("lora[0].id must be 0 to 1, not 2");
        assertThat(twice.statusCode()).isEqualTo(400);
        assertThat(twice.body()).contains("lora[1].id is 1 a second time");
    }
}
