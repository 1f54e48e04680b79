package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidMedia;
import io.vlm4j.gguf.GgufFile;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.processing.Example;
import io.vlm4j.processing.ForwardImages;
import io.vlm4j.processing.ForwardInput;
import io.vlm4j.processing.ImageProcessor;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.processing.Processor;
import io.vlm4j.processing.ProcessorOptions;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Lets llama.cpp tokenize prompts whose pictures are prepared already, so that ids, rows and positions are those that
/// generation has, and puts the results into batches.
public final class ProcessorImpl implements Processor {
    private static final List<String> IMAGE_TOKENS =
            List.of("<image>", "<image_soft_token>", "<|image_pad|>", "<IMG_CONTEXT>", "[IMG]");

    private final Model model;
    private final @Nullable Projector projector;
    private final @Nullable ImageProcessor images;
    private final boolean tiles; // pictures are cut, and images says how the first tile is made
    private final Batch.Settings settings;

    private ProcessorImpl(
            Model model, @Nullable Projector projector, @Nullable ImageProcessor images, ProcessorOptions options) {
        this.model = model;
        this.projector = projector;
        this.images = images;
        this.tiles = isTiling(projector);
        Tokenizer tokenizer = model.tokenizer();
        int size = tokenizer.size();
        options.paddingToken().ifPresent(token -> requireToken("paddingToken", token, size));
        int padding = options.paddingToken()
                .orElseGet(() -> tokenizer
                        .padding()
                        .orElseGet(() -> tokenizer.endOfSequence().orElse(0)));
        int imageToken = options.imageToken().orElseGet(() -> imageToken(model));
        if (imageToken != ProcessorOptions.ORIGINAL_LLAVA) {
            requireToken("imageToken", imageToken, size);
        }
        if (imageToken == padding) {
            throw new IllegalArgumentException("token " + padding + " cannot stand for padding and for images at once");
        }
        boolean types = options.tokenTypes().orElse(model.architecture().equals("gemma3"));
        this.settings = new Batch.Settings(size, imageToken, padding, options.padding(), types);
    }

    public static ProcessorImpl create(Model model, ProcessorOptions options) {
        return new ProcessorImpl(model, null, null, options);
    }

    public static ProcessorImpl create(Projector projector, ProcessorOptions options) {
        return new ProcessorImpl(projector.model(), projector, images(projector, options), options);
    }

    private static ImageProcessor images(Projector projector, ProcessorOptions options) {
        if (!isTiling(projector)) {
            return options.images().orElseGet(() -> ImageProcessor.of(projector));
        }
        if (options.images().isPresent()) {
            throw new IllegalArgumentException(projector.path() + " takes pictures in tiles, which are made as the file"
                    + " says; there is no one square that " + options.images().get() + " could describe");
        }
        try (GgufFile file = GgufFile.open(projector.path())) {
            return ProjectorImages.tile(file);
        }
    }

    private static boolean isTiling(@Nullable Projector projector) {
        return projector != null && ((OpenProjector) projector).pictureTiling().isPresent();
    }

    private static void requireToken(String name, int token, int size) {
        if (token < 0 || token >= size) {
            throw new IllegalArgumentException(name + " " + token + " is not in a vocabulary of " + size);
        }
    }

    private static int imageToken(Model model) {
        if (model.seesByItself()) {
            return ProcessorOptions.ORIGINAL_LLAVA; // KOSMOS-2's `<image>` stands before a picture
        }
        Tokenizer tokenizer = model.tokenizer();
        for (String text : IMAGE_TOKENS) {
            int[] ids = tokenizer.encode(text, false, true);
            if (ids.length == 1 && tokenizer.text(ids[0]).equals(text)) {
                return ids[0];
            }
        }
        return ProcessorOptions.ORIGINAL_LLAVA;
    }

    @Override
    public Model model() {
        return model;
    }

    @Override
    public ImageProcessor images() {
        if (images == null) {
            throw new IllegalStateException("a processor for text alone, made without a projector");
        }
        return images;
    }

    boolean seesImages() {
        return images != null;
    }

    @Override
    public int imageToken() {
        return settings.imageToken();
    }

    @Override
    public int paddingToken() {
        return settings.paddingToken();
    }

    @Override
    public ForwardInput process(List<Example> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("a batch needs one example at least");
        }
        List<ImageInput> pictures = new ArrayList<>();
        for (Example example : examples) {
            if (!example.prompt().audios().isEmpty()) {
                throw new IllegalArgumentException("sounds cannot be processed for a forward pass, such as "
                        + example.prompt().audios().getFirst());
            }
            pictures.addAll(example.prompt().images());
        }
        if (!pictures.isEmpty() && images == null) {
            throw new InvalidMedia("there are " + pictures.size() + " pictures, but no projector (mmproj file) for "
                    + model.path() + " to see them");
        }
        Optional<PixelValues> values =
                pictures.isEmpty() || tiles ? Optional.empty() : Optional.of(images().process(pictures));
        List<TiledPicture> tiled = new ArrayList<>();
        List<TokenRow> rows = new ArrayList<>();
        int used = 0;
        for (Example example : examples) {
            int first = used;
            used += example.prompt().images().size();
            rows.add(row(example, values, first, tiled));
        }
        return tiles ? tiledBatch(rows, tiled) : batch(rows, values);
    }

    /// A prompt as it is, without labels.
    ///
    /// @param values of its pictures
    /// @param tiled gets its pictures when they are cut into tiles
    TokenRow row(Prompt prompt, Optional<PixelValues> values, List<TiledPicture> tiled) {
        return tokenize(prepared(prompt, List.of(), values, 0), tiled);
    }

    /// @param values of all pictures that the rows have, in their order
    ForwardInput batch(List<TokenRow> rows, Optional<PixelValues> values) {
        return Batch.of(rows, settings, values);
    }

    /// Whether pictures are cut into tiles.
    boolean cutsImages() {
        return tiles;
    }

    /// @param tiled all pictures that the rows have, in their order
    ForwardInput tiledBatch(List<TokenRow> rows, List<TiledPicture> tiled) {
        Optional<ForwardImages> seen = tiled.isEmpty()
                ? Optional.empty()
                : Optional.of(SeenImages.tiled(tiled, images(), settings.imageToken()));
        return Batch.filled(rows, settings, seen);
    }

    /// @param tiled gets the example's pictures when they are cut into tiles
    private TokenRow row(Example example, Optional<PixelValues> values, int firstImage, List<TiledPicture> tiled) {
        Prompt prompt = prepared(example.prompt(), List.of(), values, firstImage);
        if (example.answer().isEmpty()) {
            TokenRow row = tokenize(prompt, tiled);
            return row.labelledFrom(row.length());
        }
        TokenRow whole = tokenize(prepared(example.prompt(), example.answer(), values, firstImage), tiled);
        return whole.labelledFrom(whole.commonLength(tokenize(prompt, new ArrayList<>())));
    }

    /// The prompt with its pictures prepared, an answer behind it, and neighbouring texts of one kind put together, so
    /// that tokens may reach over what was between them.
    private static Prompt prepared(
            Prompt prompt, List<Prompt.Part> answer, Optional<PixelValues> values, int firstImage) {
        List<Prompt.Part> parts = new ArrayList<>();
        int image = firstImage;
        for (Prompt.Part part : prompt.parts()) {
            if (part instanceof Prompt.Image && values.isPresent()) {
                parts.add(new Prompt.Image(values.get().image(image++)));
            } else {
                append(parts, part);
            }
        }
        answer.forEach(part -> append(parts, part));
        return new Prompt(parts, prompt.addSpecial(), List.of());
    }

    private static void append(List<Prompt.Part> parts, Prompt.Part part) {
        Prompt.Part last = parts.isEmpty() ? null : parts.getLast();
        if (last instanceof Prompt.Markup(String before) && part instanceof Prompt.Markup(String text)) {
            parts.set(parts.size() - 1, new Prompt.Markup(before + text));
        } else if (last instanceof Prompt.PlainText(String before) && part instanceof Prompt.PlainText(String text)) {
            parts.set(parts.size() - 1, new Prompt.PlainText(before + text));
        } else {
            parts.add(part);
        }
    }

    private TokenRow tokenize(Prompt prompt, List<TiledPicture> tiled) {
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, model, projector)) {
            tiled.addAll(((TokenizedPromptImpl) tokenized).tiledPictures());
            return TokenRow.of(tokenized.chunks(), settings.imageToken());
        }
    }

    @Override
    public List<String> decode(ForwardInput input, boolean skipSpecial) {
        int[] ids = input.inputIds().toIntArray();
        int[] mask = input.attentionMask().toIntArray();
        List<int[]> rows = new ArrayList<>();
        for (int start = 0; start < ids.length; start += input.length()) {
            int[] row = new int[input.length()];
            int length = 0;
            for (int i = start; i < start + input.length(); i++) {
                if (mask[i] == 1) {
                    row[length++] = ids[i];
                }
            }
            rows.add(Arrays.copyOf(row, length));
        }
        int token = input.images().map(ForwardImages::imageToken).orElse(settings.imageToken());
        return rows.stream().map(row -> decode(row, skipSpecial, token)).toList();
    }

    @Override
    public List<String> decode(List<int[]> ids, boolean skipSpecial) {
        return ids.stream()
                .map(row -> decode(row, skipSpecial, settings.imageToken()))
                .toList();
    }

    /// The text of ids among which image tokens may stand. What is to be skipped is taken out first, as in
    /// transformers: the space that tokenizing puts in front of a text is then left out even where a BOS was before it.
    private String decode(int[] ids, boolean skipSpecial, int imageToken) {
        Tokenizer tokenizer = model.tokenizer();
        if (skipSpecial) {
            int[] kept = IntStream.of(ids)
                    .filter(id -> id != imageToken && !tokenizer.isSpecial(id))
                    .toArray();
            return tokenizer.decode(kept, true);
        }
        if (imageToken >= 0) {
            return tokenizer.decode(ids, false);
        }
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == imageToken) {
                text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, i), false))
                        .append(Prompt.IMAGE_MARKER);
                from = i + 1;
            }
        }
        return text.append(tokenizer.decode(Arrays.copyOfRange(ids, from, ids.length), false))
                .toString();
    }
}
