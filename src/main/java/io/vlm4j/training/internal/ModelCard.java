package io.vlm4j.training.internal;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.training.SftOptions;
import io.vlm4j.training.TrainingResult;
import io.vlm4j.training.TrainingStage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// `README.md`: what was trained, on what, how, and what came of it.
final class ModelCard {
    private ModelCard() {}

    /// @param examples of the dataset
    static void write(
            Path path,
            SftOptions options,
            Path model,
            Path projector,
            long examples,
            TrainingResult result,
            TrainingLog log) {
        List<String> files = Stream.of(result.adapter(), result.projector(), result.model())
                .flatMap(file -> file.stream())
                .map(file -> "`" + file.getFileName() + "`")
                .toList();
        StringBuilder card = new StringBuilder(metadata(options.stage()));
        card.append("# ").append(options.out().toAbsolutePath().getFileName()).append("\n\n");
        card.append("Trained with vlm4j: ").append(String.join(", ", files)).append(".\n\n| | |\n|---|---|\n");
        row(card, "Base model", "`" + model.getFileName() + "`");
        row(card, "Base projector", "`" + projector.getFileName() + "`");
        row(card, "Stage", options.stage().name().toLowerCase(Locale.ROOT));
        switch (options.stage()) {
            case LORA ->
                row(
                        card,
                        "Adapters",
                        "rank " + options.lora().rank() + ", alpha "
                                + options.lora().alpha() + ", dropout "
                                + options.lora().dropout() + ", beside "
                                + options.lora().targets().stream()
                                        .sorted()
                                        .map(target -> target.label())
                                        .toList()
                                + (options.lora().projector() ? ", with the projector" : ""));
            case PROJECTOR, FULL -> {}
        }
        row(card, "Examples", examples + ", " + options.examplesPerStep() + " a step");
        row(card, "Steps", Long.toString(result.steps()));
        row(
                card,
                "Learning rate",
                options.learningRate() + ", " + options.schedule().name().toLowerCase(Locale.ROOT) + " after "
                        + options.warmupSteps() + " steps of warm-up");
        row(
                card,
                "Optimizer",
                options.optim().label() + ", betas " + options.optimizer().beta1() + " and "
                        + options.optimizer().beta2()
                        + ", weight decay " + options.optimizer().weightDecay() + ", gradients up to "
                        + options.maxGradientNorm());
        row(card, "Seed", Long.toString(options.seed()));
        if (!log.losses().isEmpty()) {
            row(card, "Loss of the first step", number(log.losses().getFirst()[1]));
            row(card, "Loss of the last step", number(log.losses().getLast()[1]));
        }
        result.evaluationLoss().ifPresent(loss -> row(card, "Loss of the evaluation split", number(loss)));
        card.append("\n![Loss of each step](loss.png)\n");
        byte[] text = card.toString().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(path, text);
    }

    /// What the Hugging Face Hub finds models by.
    private static String metadata(TrainingStage stage) {
        return "---\npipeline_tag: image-text-to-text\ntags:\n- vlm4j\n- gguf\n- llava\n"
                + (stage == TrainingStage.LORA ? "- lora\n" : "") + "---\n\n";
    }

    private static void row(StringBuilder card, String name, String value) {
        card.append("| ").append(name).append(" | ").append(value).append(" |\n");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
