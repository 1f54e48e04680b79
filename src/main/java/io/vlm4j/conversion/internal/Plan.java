package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.conversion.ConversionOptions;
import io.vlm4j.conversion.WeightType;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The files that a checkpoint becomes.
///
/// @param architecture transformers' name of it
/// @param name         the model's name
/// @param model        the text model, or all of it
/// @param projector    vision tower and projector, where they have a file of their own
public record Plan(String architecture, String name, FilePlan model, Optional<FilePlan> projector) {
    private static final List<String> ARCHITECTURES = List.of(
            "LlavaForConditionalGeneration",
            "LlavaNextForConditionalGeneration",
            "FuyuForCausalLM",
            "Kosmos2ForConditionalGeneration",
            "LlamaForCausalLM",
            "MistralForCausalLM");

    /// Some checkpoints of old releases have what can be computed.
    private static final Pattern COMPUTED = Pattern.compile("language_model\\..*\\.rotary_emb\\.inv_freq");

    private static final Pattern TIED_HEAD = Pattern.compile("lm_head\\.weight");

    /// Reads what there is to read but the weights, and checks everything against everything.
    public static Plan of(Checkpoint checkpoint, ConversionOptions options) {
        Config config = checkpoint.config();
        String architecture = architecture(config);
        String name = options.name().orElseGet(() -> CheckpointName.of(checkpoint.folder()));
        if (config.has("quantization_config")) {
            throw config.wrong("quantization_config", "left out: quantized checkpoints are not converted");
        }
        Weights weights = new Weights(checkpoint, architecture);
        weights.ignore(COMPUTED);
        Plan plan = switch (architecture) {
            case "FuyuForCausalLM" -> fuyu(checkpoint, options, name, weights);
            case "Kosmos2ForConditionalGeneration" -> kosmos2(checkpoint, options, name, weights);
            default -> llava(checkpoint, options, name, weights, architecture);
        };
        weights.finish();
        return plan;
    }

    private static String architecture(Config config) {
        JsonNode first = config.array("architectures").path(0);
        if (!first.isString() || !ARCHITECTURES.contains(first.stringValue())) {
            throw new InvalidFile(config.where() + ": the architecture is "
                    + (first.isMissingNode() ? "not named" : first.toString()) + "; converted are "
                    + String.join(", ", ARCHITECTURES));
        }
        return first.stringValue();
    }

    private static Plan llava(
            Checkpoint checkpoint, ConversionOptions options, String name, Weights weights, String architecture) {
        Config config = checkpoint.config();
        boolean sees = architecture.startsWith("Llava");
        Config text = sees ? config.object("text_config") : config;
        boolean tied = config.truth("tie_word_embeddings", false) || text.truth("tie_word_embeddings", false);
        Decoder decoder = new Decoder(text);
        decoder.check();
        FilePlan model = new FilePlan(new TypeChoice(options.type(), decoder.layers(), tied), weights);
        model.general("llama", "model", name);
        decoder.describe(model);
        new TokenizerFiles(checkpoint).llama(decoder.vocabulary()).describe(model);
        decoder.tensors(model, tied);
        model.finish();
        if (tied) {
            weights.ignore(TIED_HEAD);
        }
        if (!sees) {
            return new Plan(architecture, name, model, Optional.empty());
        }
        FilePlan projector = new FilePlan(new TypeChoice(options.projectorType(), 0, false), weights);
        new LlavaProjector(config, processor(checkpoint), architecture.startsWith("LlavaNext"))
                .plan(projector, name, decoder.embedding());
        return new Plan(architecture, name, model, Optional.of(projector));
    }

    private static Plan fuyu(Checkpoint checkpoint, ConversionOptions options, String name, Weights weights) {
        FuyuModel fuyu = new FuyuModel(checkpoint.config(), processor(checkpoint));
        FilePlan file = new FilePlan(new TypeChoice(options.type(), fuyu.layers(), false), weights);
        fuyu.plan(file, name, new TokenizerFiles(checkpoint).unigram(fuyu.vocabulary()));
        return new Plan("FuyuForCausalLM", name, file, Optional.empty());
    }

    private static Plan kosmos2(Checkpoint checkpoint, ConversionOptions options, String name, Weights weights) {
        Kosmos2Model kosmos =
                new Kosmos2Model(checkpoint.config(), processor(checkpoint), checkpoint.file("processor_config.json"));
        FilePlan file = new FilePlan(new TypeChoice(options.type(), kosmos.layers(), true), weights);
        kosmos.plan(file, name, new TokenizerFiles(checkpoint).unigram(kosmos.vocabulary()));
        return new Plan("Kosmos2ForConditionalGeneration", name, file, Optional.empty());
    }

    /// Newer releases write it into processor_config.json.
    private static Config processor(Checkpoint checkpoint) {
        Config own = checkpoint.file("preprocessor_config.json");
        Config shared = checkpoint.file("processor_config.json");
        return own.node().isEmpty() && shared.has("image_processor") ? shared.object("image_processor") : own;
    }

    /// The name of a file: `NAME-q8_0.gguf`.
    public String fileName(WeightType type) {
        return name + "-" + type.label() + ".gguf";
    }

    public long byteSize() {
        return model.byteSize() + projector.map(FilePlan::byteSize).orElse(0L);
    }

    public long parameters() {
        return model.parameters() + projector.map(FilePlan::parameters).orElse(0L);
    }
}
