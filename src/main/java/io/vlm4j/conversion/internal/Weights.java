package io.vlm4j.conversion.internal;

import io.vlm4j.Vlm4jException.InvalidFile;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The tensors of a checkpoint under one kind of names, whichever release of transformers saved it, and which of them
/// were used: what is missing, left over or of another shape is an [InvalidFile] that says what was expected.
final class Weights {
    private static final int SHOWN = 5;

    private static final Set<String> PARTS = Set.of(
            "language_model",
            "vision_tower",
            "multi_modal_projector",
            "image_newline",
            "vision_embed_tokens",
            "text_model",
            "vision_model",
            "image_to_text_projection");

    private final Checkpoint checkpoint;
    private final String architecture;
    private final Map<String, String> stored = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();

    Weights(Checkpoint checkpoint, String architecture) {
        this.checkpoint = checkpoint;
        this.architecture = architecture;
        for (String name : checkpoint.names()) {
            String other = stored.put(canonical(name), name);
            if (other != null) {
                throw new InvalidFile(checkpoint.folder() + ": tensors '" + other + "' and '" + name
                        + "' are the same weights under two names");
            }
        }
    }

    /// `language_model.layers...`, `lm_head...`, `vision_tower.encoder...`, and so on.
    static String canonical(String name) {
        String plain = name;
        if (plain.startsWith("model.")) {
            String rest = plain.substring("model.".length());
            int dot = rest.indexOf('.');
            plain = PARTS.contains(dot < 0 ? rest : rest.substring(0, dot)) ? rest : "language_model." + rest;
        }
        return without(
                without(
                        without(
                                without(
                                        without(plain, "language_model.", "model.", "language_model."),
                                        "language_model.",
                                        "lm_head.",
                                        "lm_head."),
                                "vision_tower.",
                                "vision_model.",
                                "vision_tower."),
                        "text_model.",
                        "model.",
                        "text_model."),
                "vision_model.",
                "model.",
                "vision_model.");
    }

    private static String without(String name, String first, String second, String instead) {
        return name.startsWith(first + second) ? instead + name.substring(first.length() + second.length()) : name;
    }

    boolean has(String name) {
        return stored.containsKey(name);
    }

    /// A tensor of this shape, which borrows from the checkpoint.
    Tensor take(String name, long... shape) {
        String actual = stored.get(name);
        if (actual == null) {
            throw new InvalidFile(checkpoint.folder() + ": a " + architecture + " has a tensor '" + name
                    + "' of shape " + Shape.of(shape) + ", but this checkpoint has none; the nearest of its "
                    + stored.size() + " are " + nearest(name));
        }
        Tensor tensor = checkpoint.tensor(actual);
        if (!tensor.shape().equals(Shape.of(shape))) {
            throw new InvalidFile(checkpoint.folder() + ": tensor '" + actual + "' should have the shape "
                    + Shape.of(shape) + ", as config.json has it, but has " + tensor.shape());
        }
        if (!tensor.dtype().isFloat()) {
            throw new InvalidFile(checkpoint.folder() + ": tensor '" + actual + "' should hold floating-point numbers,"
                    + " but holds " + tensor.dtype() + "; quantized checkpoints are not converted");
        }
        used.add(name);
        return tensor;
    }

    /// Tensors that are known and not needed.
    void ignore(Pattern pattern) {
        stored.keySet().stream().filter(name -> pattern.matcher(name).matches()).forEach(used::add);
    }

    /// Checks that nothing is left over.
    void finish() {
        TreeSet<String> left = new TreeSet<>(stored.keySet());
        left.removeAll(used);
        if (!left.isEmpty()) {
            throw new InvalidFile(checkpoint.folder() + ": a " + architecture + " has no tensors "
                    + quoted(left.stream().limit(SHOWN).map(stored::get).toList())
                    + (left.size() > SHOWN ? " and " + (left.size() - SHOWN) + " more" : "")
                    + ", which this checkpoint has: is config.json of another model?");
        }
    }

    private String nearest(String name) {
        List<String> nearest = stored.keySet().stream()
                .sorted(Comparator.comparingInt((String other) -> -alike(name, other))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(3)
                .map(stored::get)
                .toList();
        return nearest.isEmpty() ? "none" : quoted(nearest);
    }

    private static int alike(String name, String other) {
        int same = 0;
        while (same < Math.min(name.length(), other.length()) && name.charAt(same) == other.charAt(same)) {
            same++;
        }
        return same;
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }
}
