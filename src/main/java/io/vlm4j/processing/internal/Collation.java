package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidAnswer;
import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.Vlm4jException.InvalidTemplate;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.media.internal.Rows;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.processing.CollatorOptions;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.processing.Processor;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.tensor.Shape;
import io.vlm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Makes rows of tokens of conversations, and batches of rows.
public final class Collation {
    private final ProcessorImpl processor;
    private final ChatTemplate template;
    private final CollatorOptions options;

    public Collation(Processor processor, ChatTemplate template, CollatorOptions options) {
        this.processor = (ProcessorImpl) processor;
        this.template = template;
        this.options = options;
    }

    /// One example.
    ///
    /// @param row    cut to the greatest length
    /// @param values of its pictures, those that were cut off included; empty where they are in tiles
    /// @param tiled  its pictures in tiles, those that were cut off included
    public record Collated(TokenRow row, Optional<PixelValues> values, List<TiledPicture> tiled) {}

    /// @throws InvalidMedia when a picture cannot be used
    /// @throws InvalidTemplate when the template cannot write the conversation
    /// @throws InvalidAnswer when nothing is left that counts
    public Collated collate(VisionExample example) {
        Prompt prompt = template.render(example.messages(), false);
        if (!prompt.audios().isEmpty()) {
            throw new InvalidMedia("sounds cannot be processed for a forward pass, such as "
                    + prompt.audios().getFirst());
        }
        Optional<PixelValues> values = values(prompt);
        List<TiledPicture> tiled = new ArrayList<>();
        TokenRow whole = processor.row(prompt, values, tiled);
        TokenRow row = whole.labelled(labels(example, prompt, values, whole)).cut(options.maxLength());
        if (row.labelled().nextSetBit(1) < 0) { // nothing predicts the first token
            throw new InvalidAnswer("nothing that counts for the loss is among the first " + row.length() + " of "
                    + whole.length() + " tokens");
        }
        return new Collated(row, values, List.copyOf(tiled));
    }

    private Optional<PixelValues> values(Prompt prompt) {
        if (prompt.images().isEmpty()) {
            return Optional.empty();
        }
        if (!processor.seesImages()) {
            throw new InvalidMedia("there are pictures, but no projector (mmproj file) to see them");
        }
        return processor.cutsImages()
                ? Optional.empty()
                : Optional.of(processor.images().process(prompt.images()));
    }

    private BitSet labels(VisionExample example, Prompt prompt, Optional<PixelValues> values, TokenRow whole) {
        if (options.assistantOnly()) {
            return new AssistantTurns(processor, template, prompt, values).of(example.messages(), whole);
        }
        BitSet all = new BitSet();
        all.set(0, whole.length());
        return all;
    }

    /// @throws IllegalArgumentException when the batch is too large for arrays
    public ForwardInput batch(List<Collated> examples) {
        List<TokenRow> rows = examples.stream().map(Collated::row).toList();
        if (!processor.cutsImages()) {
            return processor.batch(rows, pictures(examples));
        }
        List<TiledPicture> tiled = examples.stream()
                .flatMap(example ->
                        example.tiled().stream().limit(example.row().pictures().size()))
                .toList();
        return processor.tiledBatch(rows, tiled);
    }

    /// The pictures that are left, one behind the other.
    private static Optional<PixelValues> pictures(List<Collated> examples) {
        int count = 0;
        Shape one = Shape.of();
        for (Collated example : examples) {
            count += example.row().pictures().size();
            if (example.values().isPresent()) {
                one = example.values().get().pixels().shape().inner();
            }
        }
        if (count == 0) {
            return Optional.empty();
        }
        int height = Math.toIntExact(one.dim(0));
        int width = Math.toIntExact(one.dim(1));
        int each = Math.multiplyExact(Math.multiplyExact(height, width), Rows.CHANNELS);
        byte[] bytes = new byte[Math.multiplyExact(count, each)];
        float[] floats = new float[bytes.length];
        int at = 0;
        for (Collated example : examples) {
            int used = Math.multiplyExact(example.row().pictures().size(), each);
            if (used > 0) {
                PixelValues values = example.values().orElseThrow();
                System.arraycopy(values.values().toFloatArray(), 0, floats, at, used);
                values.pixels().segment().asByteBuffer().get(0, bytes, at, used);
            }
            at += used;
        }
        return Optional.of(new PixelValues(
                Tensor.ofFloats(Shape.of(count, Rows.CHANNELS, height, width), floats),
                Tensor.ofBytes(Shape.of(count, height, width, Rows.CHANNELS), bytes)));
    }
}
