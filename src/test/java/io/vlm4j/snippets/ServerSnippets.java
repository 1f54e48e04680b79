package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.server.ServedModel;
import io.vlm4j.server.Server;
import io.vlm4j.server.ServerOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.server`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class ServerSnippets {
    @Test
    void serve() throws InterruptedException {
        // @start region="serve"
        Path folder = Path.of("models/pico-llava");
        try (Model model = Model.open(folder.resolve("pico-llava-q4_0.gguf"));
                Projector projector = model.openProjector(folder.resolve("mmproj-pico-llava-f16.gguf"));
                ChatTemplate template = ChatTemplate.of(model);
                Scheduler scheduler = Scheduler.start(model, projector, SchedulerOptions.defaults());
                Server server = Server.start(
                        ServedModel.of(scheduler, template),
                        ServerOptions.builder().port(0).build())) {
            System.out.println("ask at " + server.address());
            server.shutDown(Duration.ofSeconds(30)); // when it is time
        }
        // @end
        assertThat(ServerOptions.defaults().host()).isEqualTo("127.0.0.1");
    }
}
