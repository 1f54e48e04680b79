package io.vlm4j.attention;

import io.vlm4j.Vlm4jException;
import io.vlm4j.attention.internal.Attentions;
import io.vlm4j.attention.internal.ImageAttention;
import io.vlm4j.attention.internal.TileGrid;
import io.vlm4j.attention.internal.Words;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationListener;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.FlashAttention;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.inference.Reuse;
import io.vlm4j.inference.WatchedLayers;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import io.vlm4j.prompt.internal.TokenizedPromptImpl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a model about a picture, and shows where it looked for each word of its answer.
///
/// {@snippet class="io.vlm4j.snippets.AttentionSnippets" region="attend"}
///
/// Works for models that see a picture as one grid of patches (LLaVA-1.5, Qwen-VL, Gemma 3 and their like), and for
/// LLaVA-NeXT, where the heat map has the finer grid of the tiles, with what the model saw of the whole picture spread
/// over it ([io.vlm4j.model.Tiling.Kind#MERGED]). With every quantization; slower than plain generation, as attention
/// is computed without fused steps and read back.
///
/// - **Owner**: whoever opened it: it has a context of its own. Model, projector and template are borrowed.
/// - **Threads**: one thread at a time; a second one gets an [IllegalStateException].
/// - **Close**: frees its context once; later calls do nothing, use after it is an [IllegalStateException].
public final class AnswerAttention implements AutoCloseable {
    private final Model model;
    private final Projector projector;
    private final ChatTemplate template;
    private final InferenceContext context;
    private final Generator generator;

    private AnswerAttention(Projector projector, ChatTemplate template, InferenceContext context) {
        this.model = projector.model();
        this.projector = projector;
        this.template = template;
        this.context = context;
        this.generator = new Generator(context, projector);
    }

    /// @param options flash attention is switched off, whatever they say, and layers are watchable
    /// @throws Vlm4jException.ModelLoad when there is not enough memory for the context
    public static AnswerAttention open(Projector projector, ChatTemplate template, ContextOptions options) {
        ContextOptions watchable =
                options.withFlashAttention(FlashAttention.OFF).withWatchable(true);
        return new AnswerAttention(projector, template, InferenceContext.create(projector.model(), watchable));
    }

    /// Answers a question.
    ///
    /// @param options how it is answered
    /// @throws Vlm4jException.InvalidMedia when the picture cannot be used, or the model sees it in tiles or as
    ///     something else than a grid
    /// @throws Vlm4jException.ContextFull when the question does not fit
    /// @throws Vlm4jException.Inference when the attentions take too much memory
    public AttendedAnswer ask(
            ImageInput image,
            String question,
            GenerationOptions options,
            AttentionRecipe recipe,
            Cancellation cancellation) {
        return ask(template.render(List.of(ChatMessage.user(question, image))), options, recipe, cancellation);
    }

    /// Goes on with a prompt, such as that of a conversation, and shows where the model looked in its last picture.
    ///
    /// @param options as above
    /// @throws IllegalArgumentException when there is no picture
    /// @throws Vlm4jException          as above
    public AttendedAnswer ask(
            Prompt prompt, GenerationOptions options, AttentionRecipe recipe, Cancellation cancellation) {
        if (prompt.images().isEmpty()) {
            throw new IllegalArgumentException("there is no picture in the prompt");
        }
        Place place = place(prompt);
        Attentions attentions = new Attentions(place.prompt() - 1);
        GenerationOptions watched = options.toBuilder()
                .reuse(Reuse.NONE)
                .layers(WatchedLayers.attentions(attentions))
                .build();
        Generation generation = generator.generate(prompt, watched, GenerationListener.NONE, cancellation);
        ImageAttention attention = new ImageAttention(attentions, place.first(), place.tokens(), place.prompt());
        List<WordAttention> words = new ArrayList<>();
        List<Integer> tokens = generation.tokens();
        for (Words.Word word : Words.of(tokens, model.tokenizer())) {
            words.add(attended(word, tokens, attention, place, recipe));
        }
        return new AttendedAnswer(generation, words);
    }

    /// A token is chosen by what its predecessor attends to.
    private static WordAttention attended(
            Words.Word word, List<Integer> tokens, ImageAttention attention, Place place, AttentionRecipe recipe) {
        float[] sum = new float[place.columns() * place.rows()];
        double share = 0;
        for (int token : word.places()) {
            int query = place.prompt() - 1 + token;
            Heatmap one = place.map(place.grid(attention.of(query, recipe)));
            float[] values = one.values();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += values[i];
            }
            share += attention.share(query) / word.places().size();
        }
        return new WordAttention(
                word.text(), word.places().stream().map(tokens::get).toList(), place.map(sum), share);
    }

    /// Where the picture is in the prompt, and what its tokens are.
    ///
    /// @param tokens of the picture
    /// @param tiles  null where a token is a patch of one grid
    private record Place(
            int first,
            int tokens,
            int columns,
            int rows,
            int prompt,
            Heatmap.Fit fit,
            @Nullable TileGrid tiles) {
        static Place ofGrid(int first, int columns, int rows, int prompt, Heatmap.Fit fit) {
            return new Place(first, columns * rows, columns, rows, prompt, fit, null);
        }

        /// @param values for each token
        /// @return for each place of the grid
        float[] grid(float[] values) {
            return tiles == null ? values : tiles.of(values);
        }

        Heatmap map(float[] values) {
            return Heatmap.of(columns, rows, fit, values);
        }
    }

    private Place place(Prompt prompt) {
        ImageInput image = prompt.images().getLast();
        int which = last(prompt);
        try (TokenizedPrompt tokenized = TokenizedPrompt.of(prompt, model, projector)) {
            int before = 0;
            int first = -1;
            int medium = -1;
            TokenizedPrompt.MediaChunk picture = null;
            for (TokenizedPrompt.Chunk chunk : tokenized.chunks()) {
                if (chunk instanceof TokenizedPrompt.MediaChunk media) {
                    medium += begins(media) ? 1 : 0;
                    if (medium == which && picture != null) {
                        throw new Vlm4jException.InvalidMedia(projector.path() + " sees " + image.description()
                                + " in tiles; attention pictures need one grid");
                    }
                    if (medium == which) {
                        picture = media;
                        first = before;
                    }
                }
                before += chunk.tokens();
            }
            if (picture == null) {
                throw new Vlm4jException.InvalidMedia("the template has left out " + image.description());
            }
            List<TiledPicture> tiled = ((TokenizedPromptImpl) tokenized).tiledPictures();
            if (!tiled.isEmpty()) {
                TileGrid grid = new TileGrid(tiled.getLast().layout());
                return new Place(
                        first,
                        picture.tokens(),
                        grid.columns(),
                        grid.rows(),
                        tokenized.tokens(),
                        Heatmap.Fit.WHOLE,
                        grid);
            }
            return grid(first, picture, tokenized.tokens(), image);
        }
    }

    /// Whether this is the first tile of a picture, or the first window of a sound.
    private static boolean begins(TokenizedPrompt.MediaChunk chunk) {
        String id = chunk.contentId();
        String piece = id.substring(id.lastIndexOf('/') + 1);
        return piece.equals("0") || piece.equals("tiles");
    }

    /// Which of the pictures and sounds the last picture is.
    private static int last(Prompt prompt) {
        List<Prompt.Part> media = prompt.parts().stream()
                .filter(part -> part instanceof Prompt.Image || part instanceof Prompt.Audio)
                .toList();
        int last = media.size() - 1;
        while (!(media.get(last) instanceof Prompt.Image)) {
            last--;
        }
        return last;
    }

    private Place grid(int first, TokenizedPrompt.MediaChunk picture, int prompt, ImageInput image) {
        int tokens = picture.tokens();
        int side = (int) Math.round(Math.sqrt(tokens));
        if (picture.positions() == tokens && side * side == tokens) {
            return Place.ofGrid(first, side, side, prompt, Heatmap.Fit.PADDED);
        }
        int longer = picture.positions(); // with M-RoPE a picture takes as many positions as its longer side has rows
        if (longer < tokens && tokens % longer == 0) {
            try (Pixels pixels = image.decode()) {
                boolean wide = pixels.width() >= pixels.height();
                int columns = wide ? longer : tokens / longer;
                return Place.ofGrid(first, columns, tokens / columns, prompt, Heatmap.Fit.WHOLE);
            }
        }
        throw new Vlm4jException.InvalidMedia(projector.path() + " makes " + tokens + " tokens of "
                + image.description() + ", which are no grid that attention pictures know");
    }

    @Override
    public void close() {
        context.close();
    }
}
