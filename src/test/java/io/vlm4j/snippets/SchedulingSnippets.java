package io.vlm4j.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.Priority;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerOptions;
import io.vlm4j.testkit.TestModels;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The examples in the documentation of `io.vlm4j.scheduling`. They run as part of [SnippetsTest].
@Tag("native")
@Tag("model")
class SchedulingSnippets {
    @Test
    void manyCallers() throws InterruptedException {
        Path picture = TestModels.sample("06-red_apple.png");
        StringBuilder out = new StringBuilder();
        try (Model model = Model.open(TestModels.bundled());
                Projector projector = model.openProjector(TestModels.bundledProjector())) {
            // @start region="submit"
            SchedulerOptions options = SchedulerOptions.builder().slots(8).build();
            try (Scheduler scheduler = Scheduler.start(model, projector, options)) {
                Prompt prompt = Prompt.parse("USER: <image>\nWhat is it? ASSISTANT:", ImageInput.of(picture));
                GenerationRequest request = GenerationRequest.builder(prompt)
                        .options(GenerationOptions.builder().maxTokens(64).build())
                        .caller("alice") // callers get equal shares
                        .priority(Priority.HIGH)
                        .deadline(Duration.ofMinutes(1))
                        .build();
                try (ScheduledGeneration answer = scheduler.submit(request)) { // from any thread
                    for (GenerationEvent event = answer.next(); event != null; event = answer.next()) {
                        if (event instanceof GenerationEvent.Text text) {
                            out.append(text.text());
                        }
                    }
                }
            }
            // @end
        }
        assertThat(out).isNotEmpty();
    }
}
