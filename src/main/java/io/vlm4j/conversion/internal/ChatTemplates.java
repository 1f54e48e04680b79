package io.vlm4j.conversion.internal;

import io.vlm4j.gguf.GgufValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The chat template: in a file of its own, or in one of two JSON files.
final class ChatTemplates {
    private static final String KEY = "chat_template";

    private ChatTemplates() {}

    static void describe(Checkpoint checkpoint, Config settings, Vocabulary vocabulary) {
        Path file = checkpoint.folder().resolve("chat_template.jinja");
        if (Files.exists(file)) {
            vocabulary.put(KEY, GgufValue.of(Config.text(file, Config.LONGEST)));
            return;
        }
        chosen(checkpoint.file("chat_template.json").node().path(KEY))
                .or(() -> chosen(settings.node().path(KEY)))
                .or(() -> chosen(checkpoint.file("processor_config.json").node().path(KEY)))
                .ifPresent(template -> vocabulary.put(KEY, GgufValue.of(template)));
    }

    /// One template, or of several with names the default.
    private static Optional<String> chosen(JsonNode given) {
        if (given.isString()) {
            return Optional.of(given.stringValue());
        }
        for (JsonNode named : given) {
            if (named.path("name").asString("").equals("default")) {
                return Optional.of(named.path("template").asString(""));
            }
        }
        return Optional.empty();
    }
}
