package io.vlm4j.forward;

import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.Processor;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.tensor.Tensor;
import io.vlm4j.testkit.Differences;
import io.vlm4j.testkit.Golden;
import io.vlm4j.testkit.TestModels;
import java.util.List;
import java.util.Locale;

/// Prints the differences to transformers that `docs/forward.md` states.
public final class ForwardFigures {
    private static final int WIDTH = 64;

    private ForwardFigures() {}

    public static void main(String[] args) {
        try (Model model = Model.open(TestModels.tinyLlava());
                Projector projector = model.openProjector(TestModels.tinyLlavaProjector());
                ForwardPass pass = ForwardPass.open(
                        model, projector, ForwardOptions.exact().withThreads(1))) {
            for (String name : List.of("llava/single", "forward/two-images")) {
                try (Golden golden = Golden.open(name)) {
                    features(name, golden, pass);
                    pixels(name, golden, pass);
                }
            }
        }
        next();
        for (String type : List.of("f32", "q8_0", "q4_k")) {
            quantized(type);
        }
    }

    private static void next() {
        try (Model model = Model.open(TestModels.tinyLlavaNext());
                Projector projector = model.openProjector(TestModels.tinyLlavaNextProjector());
                ForwardPass pass = ForwardPass.open(
                        model, projector, ForwardOptions.exact().withThreads(1))) {
            for (String name : List.of("100x70", "70x100", "150x40", "sq56", "40x30", "131x120")) {
                String base = "golden/cases/llava-next/" + name;
                try (Golden golden = Golden.open(
                        TestModels.reference(base + ".json"), TestModels.reference(base + ".safetensors"))) {
                    nextPicture(name, golden, projector, pass);
                }
            }
        }
    }

    private static void nextPicture(String name, Golden golden, Projector projector, ForwardPass pass) {
        ImageInput image = ImageInput.of(TestModels.reference("golden/images/" + name + ".png"));
        Prompt prompt = Prompt.parse(golden.description().get("prompt").asString(), image);
        Example example = Example.of(prompt, golden.description().get("answer").asString());
        ForwardImages given = GoldenInputs.features(golden.floats("image_features"), WIDTH);
        try (ForwardOutput seen = pass.forward(
                        Processor.of(projector).process(example), Outputs.of(Output.LOGITS, Output.IMAGE_FEATURES));
                ForwardOutput text = pass.forward(
                        GoldenInputs.example(golden, "").images(given).build(), Outputs.of(Output.LOGITS))) {
            print(
                    "llava-next/%s: features %.1e (tanh %.1e), logits %.1e, given features %.1e",
                    name,
                    relative(seen.imageFeatures(), golden, "image_features"),
                    relative(seen.imageFeatures(), golden, "image_features_gelu_tanh"),
                    relative(seen.logits(), golden, "logits"),
                    max(text.logits(), golden, "logits"));
        }
    }

    private static void features(String name, Golden golden, ForwardPass pass) {
        ForwardImages images = GoldenInputs.features(golden.floats("image_features"), WIDTH);
        try (ForwardOutput output = pass.forward(
                GoldenInputs.example(golden, "").images(images).build(),
                Outputs.of(Output.LOSS, Output.LOGITS, Output.HIDDEN_STATES, Output.ATTENTIONS))) {
            print(
                    "%s, given features: loss %.1e, logits %.1e",
                    name, loss(output, golden, "loss"), max(output.logits(), golden, "logits"));
            if (name.endsWith("single")) {
                for (int i = 0; i < output.hiddenStates().size(); i++) {
                    print("  hidden state %d %.1e", i, max(output.hiddenStates().get(i), golden, "hidden_states." + i));
                }
                for (int i = 0; i < output.attentions().size(); i++) {
                    print("  attention %d %.1e", i, max(output.attentions().get(i), golden, "attentions." + i));
                }
            }
        }
    }

    private static void pixels(String name, Golden golden, ForwardPass pass) {
        ForwardImages images = GoldenInputs.pictures(golden.floats("pixel_values"));
        try (ForwardOutput output = pass.forward(
                GoldenInputs.example(golden, "").images(images).build(),
                Outputs.of(
                        Output.LOSS,
                        Output.LOGITS,
                        Output.IMAGE_FEATURES,
                        Output.VISION_HIDDEN_STATES,
                        Output.VISION_ATTENTIONS))) {
            print(
                    "%s, from pixels: loss %.1e (tanh %.1e), logits %.1e, features %.1e (tanh %.1e)",
                    name,
                    loss(output, golden, "loss"),
                    loss(output, golden, "loss_gelu_tanh"),
                    relative(output.logits(), golden, "logits"),
                    relative(output.imageFeatures(), golden, "image_features"),
                    relative(output.imageFeatures(), golden, "image_features_gelu_tanh"));
            if (name.endsWith("single")) {
                print("  logits (tanh) %.1e", relative(output.logits(), golden, "logits_gelu_tanh"));
                for (int i = 0; i < output.visionHiddenStates().size(); i++) {
                    print(
                            "  vision hidden state %d %.1e",
                            i, relative(output.visionHiddenStates().get(i), golden, "vision_hidden_states." + i));
                }
                for (int i = 0; i < output.visionAttentions().size(); i++) {
                    print(
                            "  vision attention %d %.1e",
                            i, relative(output.visionAttentions().get(i), golden, "vision_attentions." + i));
                }
            }
        }
    }

    private static void quantized(String type) {
        try (Golden golden = Golden.open(
                        TestModels.reference("golden/cases/llava/quantised.json"),
                        TestModels.reference("golden/cases/llava/quantised.safetensors"));
                Model model = Model.open(TestModels.reference("golden/models/llavaq/llavaq-" + type + ".gguf"));
                ForwardPass pass = ForwardPass.open(model, ForwardOptions.exact());
                ForwardOutput output = pass.forward(
                        GoldenInputs.example(golden, "")
                                .images(GoldenInputs.features(golden.floats("image_features"), 256))
                                .build(),
                        Outputs.of(Output.LOSS, Output.LOGITS))) {
            print(
                    "%s: loss %.1e, logits %.1e",
                    type, loss(output, golden, type + ".loss"), relative(output.logits(), golden, type + ".logits"));
        }
    }

    private static double loss(ForwardOutput output, Golden golden, String name) {
        return Math.abs(output.loss() - golden.floats(name)[0]);
    }

    private static double max(Tensor actual, Golden golden, String name) {
        return Differences.maxAbs(actual.toFloatArray(), golden.floats(name));
    }

    private static double relative(Tensor actual, Golden golden, String name) {
        return Differences.relativeL2(actual.toFloatArray(), golden.floats(name));
    }

    @SuppressWarnings("SystemOut")
    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
