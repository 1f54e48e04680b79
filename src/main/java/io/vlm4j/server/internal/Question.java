package io.vlm4j.server.internal;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderOptions;
import java.util.List;

/// What is asked, whichever API asked it.
public sealed interface Question {
    /// One for each answer that is wanted.
    List<GenerationOptions> options();

    /// A conversation to be gone on with.
    record OfChat(List<ChatMessage> messages, RenderOptions rendering, List<GenerationOptions> options)
            implements Question {
        public OfChat {
            messages = List.copyOf(messages);
            options = List.copyOf(options);
        }
    }

    /// Texts to be gone on with, each as often as it has options: those of the first, then those of the second.
    record OfPrompts(List<Prompt> prompts, List<GenerationOptions> options) implements Question {
        public OfPrompts {
            prompts = List.copyOf(prompts);
            options = List.copyOf(options);
        }
    }
}
