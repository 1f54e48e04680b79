package io.vlm4j.training.internal;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.training.LoraOptions;
import io.vlm4j.training.LoraTarget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;

/// `adapter_config.json`, as Python's `peft` reads it.
final class PeftConfiguration {
    private PeftConfiguration() {}

    static void write(Path path, Engine engine) {
        LoraOptions lora = engine.recipe().lora();
        String targets = lora.targets().stream().sorted().map(LoraTarget::label).collect(Collectors.joining("|"));
        // A pattern and no list: names alone would also fit the vision tower's projections.
        String json = """
                {
                  "peft_type": "LORA",
                  "task_type": "CAUSAL_LM",
                  "base_model_name_or_path": null,
                  "inference_mode": true,
                  "bias": "none",
                  "fan_in_fan_out": false,
                  "r": %d,
                  "lora_alpha": %s,
                  "lora_dropout": %s,
                  "target_modules": ".*language_model.*\\\\.(%s)"
                }
                """.formatted(lora.rank(), lora.alpha(), lora.dropout(), targets);
        AtomicFile.write(path, json.getBytes(StandardCharsets.UTF_8));
    }
}
