package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// `adapter_config.json`: how much each matrix of an adapter counts. Thread-safe.
///
/// Source: `LoraConfig` and `get_pattern_key` of peft 0.21.
record PeftConfig(Config config) {
    /// Kinds of LoRA that no adapter file can hold.
    private static final List<String> OTHER_KINDS = List.of(
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "layer_replication",
            "monteclora_config",
            "target_parameters",
            "trainable_token_indices",
            "use_bdlora",
            "use_qalora");

    /// Those that leave the base model's weights as they are. The others move a part of them into the adapter.
    private static final Set<String> INITIALIZERS = Set.of("gaussian", "eva", "orthogonal");

    private static final int MOST_PATTERNS = 10_000;
    private static final int LONGEST_PATTERN = 1000;

    PeftConfig {
        if (!config.text("peft_type", "LORA").equals("LORA")) {
            throw config.wrong("peft_type", "LORA, the adapters that are converted");
        }
        requireFalse(config, "use_dora", "DoRA's magnitudes have no place in an adapter file; merge them instead");
        requireFalse(config, "fan_in_fan_out", "transposed matrices are not converted");
        requireFalse(config, "lora_bias", "biases have no place in an adapter file");
        if (!config.text("bias", "none").equals("none")) {
            throw config.wrong("bias", "none: biases have no place in an adapter file; merge them instead");
        }
        for (String kind : OTHER_KINDS) {
            JsonNode value = config.node().path(kind);
            if (config.has(kind)
                    && !(value.isBoolean() && !value.booleanValue())
                    && !(value.isContainer() && value.isEmpty())) {
                throw config.wrong(kind, "left out: adapters of this kind are not converted");
            }
        }
        JsonNode first = config.node().path("init_lora_weights");
        if (first.isString() && !INITIALIZERS.contains(first.stringValue())) {
            throw config.wrong(
                    "init_lora_weights",
                    "true, false or one of " + INITIALIZERS.stream().sorted().toList()
                            + ": others change the base model, too; save it with"
                            + " path_initial_model_for_weight_conversion, which makes a plain LoRA of it");
        }
        alpha(config, "lora_alpha");
    }

    private static void requireFalse(Config config, String key, String reason) {
        if (config.truth(key, false)) {
            throw config.wrong(key, "false: " + reason);
        }
    }

    private static float alpha(Config config, String key) {
        float alpha = config.number(key, 8);
        if (!(alpha > 0)) {
            throw config.wrong(key, "a number above 0");
        }
        return alpha;
    }

    /// The alpha of all matrices that no pattern names.
    float alpha() {
        return alpha(config, "lora_alpha");
    }

    /// The rank of this module's matrices.
    int rank(String module) {
        Config patterns = config.object("rank_pattern");
        String key = matching(patterns, module);
        int rank = key == null ? config.integer("r", 8) : patterns.integer(key);
        if (rank == 0) {
            throw key == null ? config.wrong("r", "above 0") : patterns.wrong(key, "above 0");
        }
        return rank;
    }

    /// The alpha with which `alpha / rank` is how often this module's matrix is added.
    double strength(String module) {
        Config patterns = config.object("alpha_pattern");
        String key = matching(patterns, module);
        double alpha = key == null ? alpha() : alpha(patterns, key);
        return config.truth("use_rslora", false) ? alpha * Math.sqrt(rank(module)) : alpha;
    }

    /// The first pattern that fits the end of the module's name.
    private static @Nullable String matching(Config patterns, String module) {
        if (patterns.node().size() > MOST_PATTERNS) {
            throw new InvalidFile(patterns.where() + " has " + patterns.node().size() + " patterns, more than the "
                    + MOST_PATTERNS + " allowed");
        }
        for (String key : patterns.node().propertyNames()) {
            if (key.length() > LONGEST_PATTERN) {
                throw new InvalidFile(patterns.where() + " has a pattern of " + key.length()
                        + " characters, more than the " + LONGEST_PATTERN + " allowed");
            }
            if (fits(patterns, key, module)) {
                return key;
            }
        }
        return null;
    }

    private static boolean fits(Config patterns, String key, String module) {
        try {
            return Pattern.compile("(?:.*\\.)?(?:" + key + ")")
                    .matcher(new Patience(module))
                    .matches();
        } catch (PatternSyntaxException e) {
            throw new InvalidFile(patterns.where() + ": '" + key + "' is no regular expression", e);
        } catch (Patience.Exhausted e) {
            throw new InvalidFile(patterns.where() + ": '" + key + "' takes too long to compare with " + module, e);
        }
    }
}
