package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.hub.HubClient;
import io.vlm4j.hub.HubOptions;
import io.vlm4j.hub.HubToken;
import io.vlm4j.hub.PushEvent;
import io.vlm4j.hub.PushListener;
import io.vlm4j.hub.PushOptions;
import io.vlm4j.hub.PushResult;
import io.vlm4j.testkit.HubServer;
import io.vlm4j.training.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Examples in the documentation of `io.vlm4j.hub`. They run as part of [SnippetsTest].
class HubSnippets {
    private static final List<String> FILES =
            List.of("README.md", "adapter.gguf", "adapter_config.json", "adapter_model.safetensors", "loss.png");

    @TempDir
    Path folder;

    private final HubServer server = HubServer.start();
    private final HubOptions options =
            HubOptions.ofEnvironment().withEndpoint(server.address()).withToken(HubToken.of(HubServer.TOKEN));

    @BeforeEach
    void fill() throws IOException {
        for (String file : FILES) {
            Files.writeString(folder.resolve(file), file.repeat(2000));
        }
        Files.writeString(folder.resolve("log.csv"), "step\n");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void push() {
        try (Printed printed = new Printed()) {
            // @start region="push"
            try (HubClient hub = HubClient.open(options)) { // HubOptions.ofEnvironment() takes HF_TOKEN and HF_ENDPOINT
                PushResult pushed = hub.push(folder, "me/my-lora", PushOptions.defaults(), event -> {
                    if (event instanceof PushEvent.Sending sending) {
                        System.out.printf("%d of %d bytes%n", sending.done(), sending.total());
                    }
                });
                System.out.println(pushed.page());
            }
            // @end
            assertThat(printed.text().lines()).last().asString().endsWith("/me/my-lora");
        }
        assertThat(server.repository("me/my-lora").files()).hasSize(FILES.size() + 1);
    }

    @Test
    void whatWasTrained() {
        TrainingResult result = new TrainingResult(
                TrainingResult.Ending.DONE,
                1,
                0,
                OptionalDouble.empty(),
                Optional.of(folder.resolve("adapter.gguf")),
                Optional.empty(),
                Optional.empty());
        // @start region="result"
        PushOptions hidden = PushOptions.defaults().withHidesRepo(true).withMessage("An adapter that knows my cat");
        try (HubClient hub = HubClient.open(options)) {
            result.pushToHub(hub, "me/my-lora", hidden, PushListener.NONE);
        }
        // @end
        assertThat(server.repository("me/my-lora").files()).containsOnlyKeys(FILES);
        assertThat(server.repository("me/my-lora").visibility()).isEqualTo("private");
    }
}
