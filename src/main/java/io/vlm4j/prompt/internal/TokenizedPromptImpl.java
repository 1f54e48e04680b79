package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.model.Projector;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.model.internal.GraphProjector;
import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.NativeMedium;
import io.vlm4j.model.internal.OpenProjector;
import io.vlm4j.model.internal.PreparedMedium;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.TokenizedPrompt;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Token ids of the text, and native chunks of the media.
public final class TokenizedPromptImpl implements TokenizedPrompt {
    private final Model model;
    private final @Nullable Projector projector; // none for a prompt of text alone
    private final List<Chunk> chunks;
    private final @Nullable NativeHandle handle;
    private final List<Optional<PreparedMedium>> media; // for each chunk; none for texts
    private final Map<String, MediaEmbeddings> held; // by content
    private volatile boolean closed;

    private TokenizedPromptImpl(
            Model model,
            @Nullable Projector projector,
            List<Chunk> chunks,
            @Nullable NativeHandle handle,
            List<Optional<PreparedMedium>> media,
            Map<String, MediaEmbeddings> held) {
        this.model = model;
        this.projector = projector;
        this.chunks = List.copyOf(chunks);
        this.handle = handle;
        this.media = List.copyOf(media);
        this.held = held;
    }

    public static TokenizedPromptImpl create(Prompt prompt, Model model, @Nullable Projector projector) {
        return create(prompt, model, projector, false);
    }

    /// As [#create], for whoever takes encodings from [#held] before asking the projector for them: a picture whose
    /// encodings the projector remembers is not preprocessed, and cannot be encoded; they are kept until the prompt
    /// is closed.
    public static TokenizedPromptImpl createHolding(Prompt prompt, Model model, @Nullable Projector projector) {
        return create(prompt, model, projector, true);
    }

    private static TokenizedPromptImpl create(
            Prompt prompt, Model model, @Nullable Projector projector, boolean holding) {
        if (prompt.images().isEmpty() && prompt.audios().isEmpty()) {
            return ((ModelImpl) model).graph().isPresent() ? ofGraph(prompt, model, null) : textOnly(prompt, model);
        }
        if (projector == null) {
            throw new Vlm4jException.InvalidMedia("the prompt has "
                    + prompt.images().size() + " pictures and "
                    + prompt.audios().size() + " sounds, but no projector (mmproj file) is open for " + model.path());
        }
        if (projector.model() != model) {
            throw new IllegalArgumentException(projector + " belongs to another model than " + model);
        }
        return switch ((OpenProjector) projector) {
            case ProjectorImpl llama -> withMedia(prompt, llama, holding);
            case GraphProjector own -> ofGraph(prompt, model, own);
        };
    }

    private static TokenizedPromptImpl ofGraph(Prompt prompt, Model model, @Nullable GraphProjector projector) {
        if (!prompt.audios().isEmpty() && projector != null) {
            projector.decode(prompt.audios().getFirst()); // says that it hears none
        }
        GraphPrompt made = GraphPrompt.of(prompt, (ModelImpl) model, projector);
        return new TokenizedPromptImpl(model, projector, made.chunks(), null, made.media(), Map.of());
    }

    private static TokenizedPromptImpl textOnly(Prompt prompt, Model model) {
        Tokenizer tokenizer = model.tokenizer();
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < prompt.parts().size(); i++) {
            boolean addSpecial = prompt.addSpecial() && i == 0;
            int[] part = switch (prompt.parts().get(i)) {
                case Prompt.Markup markup -> tokenizer.encode(markup.text(), addSpecial, true);
                case Prompt.PlainText plain -> tokenizer.encode(plain.text(), addSpecial, false);
                case Prompt.Tokens tokens -> checked(tokens, tokenizer);
                case Prompt.Image image -> throw new AssertionError("a prompt with pictures");
                case Prompt.Audio audio -> throw new AssertionError("a prompt with sounds");
            };
            IntStream.of(part).forEach(ids::add);
        }
        return new TokenizedPromptImpl(
                model, null, List.of(new TextChunk(ids)), null, List.of(Optional.empty()), Map.of());
    }

    /// @throws IllegalArgumentException when there is no such token
    static int[] checked(Prompt.Tokens tokens, Tokenizer tokenizer) {
        for (int id : tokens.ids()) {
            if (id < 0 || id >= tokenizer.size()) {
                throw new IllegalArgumentException(
                        "there is no token " + id + " in a vocabulary of " + tokenizer.size());
            }
        }
        return tokens.ids().stream().mapToInt(Integer::intValue).toArray();
    }

    private static TokenizedPromptImpl withMedia(Prompt prompt, ProjectorImpl projector, boolean holding) {
        try (MediaParts parts = MediaParts.of(prompt, projector, holding)) {
            NativeHandle handle = MtmdChunks.tokenize(projector.handle().segment(), parts.all(), prompt.addSpecial());
            try {
                return of(handle, parts, projector);
            } catch (Throwable t) {
                handle.close();
                throw t;
            }
        }
    }

    /// @param handle the chunks that mtmd made of the parts
    private static TokenizedPromptImpl of(NativeHandle handle, MediaParts parts, ProjectorImpl projector) {
        int[] pieces = new int[parts.all().size()]; // tiles of a picture, windows of a sound
        List<Chunk> chunks = new ArrayList<>();
        List<Optional<PreparedMedium>> media = new ArrayList<>();
        long count = MtmdChunks.count(handle.segment());
        for (long i = 0; i < count; i++) {
            MemorySegment chunk = handle.borrow(MtmdChunks.chunk(handle.segment(), i));
            if (MtmdChunks.kind(chunk) == MtmdChunks.Kind.TEXT) {
                chunks.add(new TextChunk(
                        IntStream.of(MtmdChunks.textTokens(chunk)).boxed().toList()));
                media.add(Optional.empty());
                continue;
            }
            int part = MtmdChunks.part(chunk);
            String contentId = MediaParts.contentId(parts.sha256(part), pieces[part]++);
            PreparedMedium medium = new NativeMedium(chunk);
            if (parts.tiled(part).isPresent()) {
                medium = parts.tiled(part).get();
                contentId = ProjectorImpl.tiledId(parts.sha256(part));
                requireOne(pieces[part], projector);
            }
            media.add(Optional.of(medium));
            chunks.add(new MediaChunk(medium.tokens(), medium.positions(), contentId));
        }
        return new TokenizedPromptImpl(projector.model(), projector, chunks, handle, media, parts.takeHeld());
    }

    private static void requireOne(int pieces, ProjectorImpl projector) {
        if (pieces > 1) {
            throw new Vlm4jException.InvalidMedia(projector.path() + " cuts a tile into tiles once more");
        }
    }

    @Override
    public List<Chunk> chunks() {
        return chunks;
    }

    /// Ids and preprocessed media mean nothing to another model or projector, and would be read past their end.
    ///
    /// @throws IllegalArgumentException when these are not those that the prompt was made for
    public void requireMadeFor(Model otherModel, @Nullable Projector otherProjector) {
        if (model != otherModel) {
            throw new IllegalArgumentException("the prompt was made for " + model + ", not for " + otherModel);
        }
        if (projector != null && projector != otherProjector) {
            throw new IllegalArgumentException("the prompt was made for " + projector + ", not for " + otherProjector);
        }
    }

    /// What is behind a [MediaChunk].
    ///
    /// @throws IllegalStateException after the prompt is closed
    /// @throws java.util.NoSuchElementException when the chunk is text
    public PreparedMedium medium(int index) {
        if (handle != null) {
            handle.segment();
        } else if (closed) {
            throw new IllegalStateException("the prompt is closed");
        }
        return media.get(index).orElseThrow();
    }

    /// What is remembered of a medium, of a prompt that was [made to hold it][#createHolding]. Not the caller's to
    /// close; valid until the prompt is closed.
    public Optional<MediaEmbeddings> held(String contentId) {
        return Optional.ofNullable(held.get(contentId));
    }

    /// The pictures that were cut into tiles, in order.
    public List<TiledPicture> tiledPictures() {
        return media.stream()
                .flatMap(Optional::stream)
                .filter(TiledPicture.class::isInstance)
                .map(TiledPicture.class::cast)
                .toList();
    }

    @Override
    public void close() {
        closed = true;
        held.values().forEach(MediaEmbeddings::close);
        if (handle != null) {
            handle.close();
        }
    }
}
