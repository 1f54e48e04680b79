package io.vlm4j.training.internal;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.training.TrainingEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// `log.csv` and `log.jsonl`: a line for each step, and in the latter one for each evaluation. Lines are written at
/// once, so that they show what is going on.
final class TrainingLog {
    private static final String HEADER = "step,epoch,loss,learning_rate,gradient_norm,tokens,tokens_per_second,memory";

    private final Path csv;
    private final Path json;
    private final List<double[]> losses = new ArrayList<>();
    private final List<double[]> evaluations = new ArrayList<>();

    /// Forgets what was written after a step, which will be made again.
    TrainingLog(Path folder, long step) {
        csv = folder.resolve("log.csv");
        json = folder.resolve("log.jsonl");
        List<String> table = new ArrayList<>(List.of(HEADER));
        for (String line : lines(csv)) {
            String[] cells = line.split(",", -1);
            if (!line.equals(HEADER) && Long.parseLong(cells[0]) <= step) {
                table.add(line);
                losses.add(new double[] {Double.parseDouble(cells[0]), Double.parseDouble(cells[2])});
            }
        }
        List<String> entries = new ArrayList<>();
        for (String line : lines(json)) {
            double at = number(line, "step");
            if (at <= step) {
                entries.add(line);
                if (line.contains("\"evaluation_loss\"")) {
                    evaluations.add(new double[] {at, number(line, "evaluation_loss")});
                }
            }
        }
        replace(csv, table);
        replace(json, entries);
    }

    /// Whole lines only: the last one may have been cut off.
    private static List<String> lines(Path file) {
        try {
            if (!Files.exists(file)) {
                return List.of();
            }
            String text = Files.readString(file);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static double number(String line, String key) {
        String after = line.substring(line.indexOf("\"" + key + "\":") + key.length() + 3);
        return Double.parseDouble(after.split("[,}]", 2)[0]);
    }

    private static void replace(Path file, List<String> lines) {
        AtomicFile.write(
                file,
                lines.stream()
                        .map(line -> line + "\n")
                        .collect(Collectors.joining())
                        .getBytes(StandardCharsets.UTF_8));
    }

    void add(TrainingEvent.Step step) {
        losses.add(new double[] {step.step(), step.loss()});
        append(
                csv,
                String.format(
                        Locale.ROOT,
                        "%d,%.4f,%.6f,%.6g,%.6f,%d,%.1f,%d",
                        step.step(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate(),
                        step.gradientNorm(),
                        step.tokens(),
                        step.tokensPerSecond(),
                        step.memory()));
        append(
                json,
                String.format(
                        Locale.ROOT,
                        "{\"step\":%d,\"epoch\":%.4f,\"loss\":%.6f,\"learning_rate\":%.6g,\"gradient_norm\":%.6f,"
                                + "\"tokens\":%d,\"tokens_per_second\":%.1f,\"memory\":%d}",
                        step.step(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate(),
                        step.gradientNorm(),
                        step.tokens(),
                        step.tokensPerSecond(),
                        step.memory()));
    }

    void add(TrainingEvent.Evaluated evaluated) {
        evaluations.add(new double[] {evaluated.step(), evaluated.loss()});
        append(
                json,
                String.format(
                        Locale.ROOT, "{\"step\":%d,\"evaluation_loss\":%.6f}", evaluated.step(), evaluated.loss()));
    }

    private static void append(Path file, String line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    /// Pairs of step and loss.
    List<double[]> losses() {
        return List.copyOf(losses);
    }

    /// Pairs of step and loss of the evaluation split.
    List<double[]> evaluations() {
        return List.copyOf(evaluations);
    }
}
