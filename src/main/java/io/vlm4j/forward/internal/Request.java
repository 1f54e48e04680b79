package io.vlm4j.forward.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.forward.ForwardOptions;
import io.vlm4j.forward.Output;
import io.vlm4j.forward.Outputs;
import io.vlm4j.forward.Precision;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.PictureTiling;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.model.internal.TileLayout;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An input, what is wanted of it, and whether that can be had.
///
/// @param axes positions of an image row
record Request(
        ModelImpl model,
        @Nullable ProjectorImpl projector,
        ForwardOptions options,
        int axes,
        ForwardInput input,
        Outputs what,
        List<Example> examples) {
    /// @return where the outputs go
    /// @throws IllegalArgumentException as [io.vlm4j.forward.ForwardPass#forward]
    /// @throws Vlm4jException.ContextFull when an example is too long
    /// @throws Vlm4jException.Inference when there is not enough memory
    OutputMemory check() {
        if (input.vocabularySize() != model.tokenizer().size()) {
            throw new IllegalArgumentException("the input is for a vocabulary of " + input.vocabularySize()
                    + ", that of " + model + " has " + model.tokenizer().size());
        }
        if (what.wants(Output.ATTENTIONS) && options.precision() != Precision.EXACT) {
            throw new IllegalArgumentException(
                    "attentions need Precision.EXACT: with flash attention, which FAST may use, they are never there");
        }
        if (what.wants(Output.LOGITS) && what.firstLogits() >= input.length()) {
            throw new IllegalArgumentException(
                    "logits from position " + what.firstLogits() + " on, of " + input.length());
        }
        if (what.wants(Output.LOSS)) {
            requireLabels();
        }
        checkPositions();
        checkImages();
        checkLength();
        return plan().memory(options.memoryLimit(), options.spill());
    }

    private void requireLabels() {
        if (input.labels().isEmpty()) {
            throw new IllegalArgumentException("a loss needs labels");
        }
        for (Example example : examples) {
            for (int row = 0; row < example.length(); row++) {
                if (example.counts(row)) {
                    return;
                }
            }
        }
        throw new IllegalArgumentException("no label counts: all are " + ForwardInput.IGNORED + " or the first one");
    }

    private void checkPositions() {
        int given = examples.getFirst().axes();
        if (given > axes) {
            throw new IllegalArgumentException("positionIds have " + given + " axes, " + model + " takes " + axes);
        }
    }

    private void checkImages() {
        boolean vision = what.wants(Output.VISION_HIDDEN_STATES) || what.wants(Output.VISION_ATTENTIONS);
        switch (input.images().orElse(null)) {
            case null -> {
                if (vision || what.wants(Output.IMAGE_FEATURES)) {
                    throw new IllegalArgumentException("the input has no images to give " + what.wanted() + " of");
                }
            }
            case ForwardImages.Features features -> {
                if (vision) {
                    throw new IllegalArgumentException(
                            "the input has image features, but no pictures that a vision tower could see");
                }
                if (features.width() != model.inputEmbeddingSize()) {
                    throw new IllegalArgumentException("image features are " + features.width() + " wide, " + model
                            + " takes " + model.inputEmbeddingSize());
                }
            }
            case ForwardImages.Pictures pictures -> checkPictures(pictures, vision);
            case ForwardImages.TiledPictures pictures -> checkTiles(pictures, vision);
        }
        if (input.images().isPresent() && seesImagesAtOnce()) {
            throw new Vlm4jException.Inference(model + " sees pictures without causal attention ("
                    + model.architecture() + "), which a forward pass cannot do yet; it can evaluate texts");
        }
        if (what.wants(Output.HIDDEN_STATES)
                && input.images().isPresent()
                && model.inputEmbeddingSize() != model.embeddingSize()) {
            throw new IllegalArgumentException("image rows of " + model + " go into several layers ("
                    + model.inputEmbeddingSize() + " floats, " + model.embeddingSize()
                    + " of them into the first), which hidden states do not show");
        }
    }

    /// As `mtmd_decode_use_non_causal` decides.
    private boolean seesImagesAtOnce() {
        return switch (model.architecture()) {
            case "gemma3", "deepseek4" -> true;
            case "gemma4" -> model.embeddingSize() != 1536 && model.embeddingSize() != 2560; // E2B and E4B do not
            default -> false;
        };
    }

    private void checkPictures(ForwardImages.Pictures pictures, boolean vision) {
        if (projector == null) {
            throw new IllegalArgumentException("the input has pictures, but this pass was opened without a projector");
        }
        if (!projector.seesImages()) {
            throw new IllegalArgumentException(projector + " sees no pictures");
        }
        if (vision && options.precision() != Precision.EXACT) {
            throw new IllegalArgumentException("what the vision tower computes on the way needs Precision.EXACT");
        }
        try (GgufFile file = GgufFile.open(projector.path())) {
            long size = file.integer("clip.vision.image_size").orElse(0);
            boolean fixed = file.string("clip.vision.projector_type")
                    .or(() -> file.string("clip.projector_type"))
                    .orElse("")
                    .startsWith("mlp");
            if (fixed && size > 0 && (pictures.width() != size || pictures.height() != size)) {
                throw new IllegalArgumentException("pixelValues are of " + pictures.width() + "x" + pictures.height()
                        + " pixels, but the vision tower takes " + size + "x" + size);
            }
        }
    }

    private void checkTiles(ForwardImages.TiledPictures pictures, boolean vision) {
        checkPictures(pictures.asPictures(1), vision);
        int[] sizes = pictures.imageSizes().toIntArray();
        for (int i = 0; i < pictures.images(); i++) {
            TileLayout layout = layout(sizes[2 * i], sizes[2 * i + 1]);
            if (layout.tiles() != pictures.tiles().get(i)
                    || layout.tokens() != pictures.rowsPerImage().get(i)) {
                throw new IllegalArgumentException("picture " + i + " of " + sizes[2 * i + 1] + "x" + sizes[2 * i]
                        + " pixels has " + layout.tiles() + " tiles and takes " + layout.tokens() + " positions, not "
                        + pictures.tiles().get(i) + " and "
                        + pictures.rowsPerImage().get(i));
            }
        }
    }

    /// How the projector cuts a picture.
    TileLayout layout(int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("imageSizes has a picture of " + width + "x" + height + " pixels");
        }
        return tiling().layout(width, height);
    }

    PictureTiling tiling() {
        return Objects.requireNonNull(projector, "projector")
                .pictureTiling()
                .orElseThrow(() -> new IllegalArgumentException("the input has pictures in tiles, which " + projector
                        + " does not merge " + projector.tiling()));
    }

    private void checkLength() {
        int limit = contextLength();
        for (Example example : examples) {
            if (example.length() > limit) {
                throw new Vlm4jException.ContextFull("example " + example.index() + " has " + example.length()
                        + " positions, and the context " + limit + "; shorten it or raise contextLength");
            }
        }
    }

    private int contextLength() {
        return options.contextLength() > 0 ? options.contextLength() : model.trainedContextLength();
    }

    /// Positions of the longest example.
    int longest() {
        return examples.stream().mapToInt(Example::length).max().orElseThrow();
    }

    /// The position after the last one that logits are wanted of.
    int endLogits() {
        return Math.min(what.endLogits(), input.length());
    }

    private MemoryPlan plan() {
        double batch = input.batchSize();
        double length = input.length();
        double vocabulary = model.tokenizer().size();
        double heads = model.heads();
        double cells = TextContext.cells(longest());
        double headSize = model.embeddingSize() / Math.max(1, heads);
        double keysAndValues = 2 * headSize * model.keyValueHeads() * model.layers();
        double piece = Math.min(TextContext.PIECE, longest());
        MemoryPlan plan = new MemoryPlan()
                .work("context", cells, keysAndValues + heads * piece)
                .work("context", piece, vocabulary);
        if (what.wants(Output.LOGITS)) {
            plan.add("logits", batch, endLogits() - what.firstLogits(), vocabulary);
        }
        if (what.wants(Output.HIDDEN_STATES) && what.consumer().isEmpty()) {
            plan.add("hidden states", model.layers() + 1, batch, length, model.embeddingSize());
        }
        if (what.wants(Output.ATTENTIONS)) {
            if (what.consumer().isEmpty()) {
                plan.add("attentions", model.layers(), batch, heads, length, length);
            } else {
                plan.work("attentions", heads, piece, cells); // one piece
            }
        }
        input.images()
                .ifPresent(images -> plan.add("image features", (double) images.rows(), model.inputEmbeddingSize()));
        switch (input.images().orElse(null)) {
            case ForwardImages.Pictures pictures -> addVision(pictures, plan);
            case ForwardImages.TiledPictures pictures -> {
                int tokens = layout(1, 1).tileTokens();
                addVision(pictures.asPictures(tokens), plan);
                plan.work("tiles", (double) pictures.pixels().shape().dim(0) * tokens, model.inputEmbeddingSize());
            }
            case null, default -> {}
        }
        return plan;
    }

    private void addVision(ForwardImages.Pictures pictures, MemoryPlan plan) {
        if (projector == null) {
            return;
        }
        try (GgufFile file = GgufFile.open(projector.path())) {
            double layers = file.integer("clip.vision.block_count").orElse(0);
            double patch = Math.max(1, file.integer("clip.vision.patch_size").orElse(1));
            double rows = 1 + Math.ceil(pictures.width() / patch) * Math.ceil(pictures.height() / patch);
            if (what.wants(Output.VISION_HIDDEN_STATES)) {
                double width = file.integer("clip.vision.embedding_length").orElse(0);
                plan.add("vision hidden states", layers + 1, pictures.images(), rows, width);
            }
            if (what.wants(Output.VISION_ATTENTIONS)) {
                double heads = file.integer("clip.vision.attention.head_count").orElse(0);
                plan.add("vision attentions", layers, pictures.images(), heads, rows, rows);
            }
        }
    }
}
