package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.Pixels;
import io.vlm4j.model.internal.GraphModel.PictureFrame;
import io.vlm4j.model.internal.GraphProjector;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.PatchedPicture;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Puts a prompt together for a model that is computed by a graph of our own: its pictures first, wherever the prompt
/// has them, as transformers' processors of Fuyu and KOSMOS-2 do, and then its text.
final class GraphPrompt {
    private final TokenizerImpl tokenizer;
    private final PictureFrame frame;
    private final List<TokenizedPrompt.Chunk> chunks = new ArrayList<>();
    private final List<Optional<PreparedMedium>> media = new ArrayList<>();
    private final List<Integer> text = new ArrayList<>(); // that no chunk has yet

    private GraphPrompt(ModelImpl model) {
        this.tokenizer = (TokenizerImpl) model.tokenizer();
        this.frame = model.graph().orElseThrow().pictures();
    }

    /// @param projector none for a prompt of text alone
    /// @throws Vlm4jException.InvalidMedia when a picture cannot be used
    static GraphPrompt of(Prompt prompt, ModelImpl model, @Nullable GraphProjector projector) {
        GraphPrompt made = new GraphPrompt(model);
        boolean begins = prompt.addSpecial();
        if (begins && !frame(model).startsText()) {
            made.begin();
        }
        if (projector != null) {
            prompt.images().forEach(image -> {
                try (Pixels pixels = projector.decode(image)) {
                    made.add(projector.prepare(pixels), pixels.sha256() + "/0");
                }
            });
        }
        if (begins && frame(model).startsText()) {
            made.begin();
        }
        made.addTexts(prompt);
        made.flush();
        return made;
    }

    private static PictureFrame frame(ModelImpl model) {
        return model.graph().orElseThrow().pictures();
    }

    List<TokenizedPrompt.Chunk> chunks() {
        return chunks;
    }

    List<Optional<PreparedMedium>> media() {
        return media;
    }

    private void begin() {
        text.add(frame.begin());
    }

    private void add(PatchedPicture picture, String contentId) {
        text.addAll(frame.before());
        flush();
        chunks.add(new TokenizedPrompt.MediaChunk(picture.tokens(), picture.positions(), contentId));
        media.add(Optional.of(picture));
        text.addAll(frame.after());
    }

    private void addTexts(Prompt prompt) {
        List<String> texts = new ArrayList<>();
        List<Boolean> parses = new ArrayList<>();
        for (Prompt.Part part : prompt.parts()) {
            switch (part) {
                case Prompt.Markup markup -> {
                    texts.add(markup.text());
                    parses.add(true);
                }
                case Prompt.PlainText plain -> {
                    texts.add(plain.text());
                    parses.add(false);
                }
                case Prompt.Tokens tokens -> {
                    addTexts(texts, parses);
                    IntStream.of(TokenizedPromptImpl.checked(tokens, tokenizer)).forEach(text::add);
                }
                case Prompt.Image _, Prompt.Audio _ -> {}
            }
        }
        addTexts(texts, parses);
    }

    /// Those that follow each other are tokenized as one.
    private void addTexts(List<String> texts, List<Boolean> parses) {
        if (!texts.isEmpty()) {
            IntStream.of(tokenizer.encode(texts, parses)).forEach(text::add);
            texts.clear();
            parses.clear();
        }
    }

    private void flush() {
        if (!text.isEmpty()) {
            chunks.add(new TokenizedPrompt.TextChunk(text));
            media.add(Optional.empty());
            text.clear();
        }
    }
}
