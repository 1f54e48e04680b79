package io.vlm4j.prompt.internal;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Samples;
import io.vlm4j.model.internal.MediaEmbeddings;
import io.vlm4j.model.internal.PictureTiling;
import io.vlm4j.model.internal.ProjectorImpl;
import io.vlm4j.model.internal.SeenPictures;
import io.vlm4j.model.internal.TiledPicture;
import io.vlm4j.natives.mtmd.MtmdChunks;
import io.vlm4j.prompt.Prompt;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parts of a prompt with media as mtmd takes them: pictures and sounds decoded, and identified by what they are.
///
/// Owner: whoever tokenizes the prompt; closing frees what was decoded.
final class MediaParts implements AutoCloseable {
    private final ProjectorImpl projector;
    private final boolean holding;
    private final Arena arena = Arena.ofConfined();
    private final List<Runnable> frees = new ArrayList<>();
    private final List<MtmdChunks.Part> parts = new ArrayList<>();
    private final List<String> contents = new ArrayList<>(); // of each part; texts are told apart by their tokens
    private final Map<Integer, TiledPicture> tiled = new HashMap<>(); // by part
    private Map<String, MediaEmbeddings> held = new HashMap<>(); // by content

    private MediaParts(ProjectorImpl projector, boolean holding) {
        this.projector = projector;
        this.holding = holding;
    }

    /// @param holding whether pictures whose encodings are remembered need not be prepared
    static MediaParts of(Prompt prompt, ProjectorImpl projector, boolean holding) {
        MediaParts made = new MediaParts(projector, holding);
        try {
            prompt.parts().forEach(made::add);
            return made;
        } catch (Throwable t) {
            made.close();
            throw t;
        }
    }

    private void add(Prompt.Part part) {
        switch (part) {
            case Prompt.Markup markup -> add(new MtmdChunks.Part.Text(markup.text(), true), "");
            case Prompt.PlainText plain -> add(new MtmdChunks.Part.Text(plain.text(), false), "");
            case Prompt.Tokens tokens ->
                throw new IllegalArgumentException(
                        "a prompt with pictures or sounds has texts beside them, not tokens");
            case Prompt.Image image -> add(image.image());
            case Prompt.Audio audio -> {
                Samples samples = projector.decode(audio.audio());
                frees.add(samples::close);
                add(new MtmdChunks.Part.Audio(samples.segment()), samples.sha256());
            }
        }
    }

    private void add(MtmdChunks.Part part, String sha256) {
        parts.add(part);
        contents.add(sha256);
    }

    private void add(ImageInput image) {
        Optional<PictureTiling> tiling = projector.pictureTiling();
        if (tiling.isEmpty() && holding) {
            addHeld(image);
            return;
        }
        Pixels pixels = decode(image);
        if (tiling.isPresent()) {
            TiledPicture picture = tiling.get().cut(pixels);
            tiled.put(parts.size(), picture);
            add(picture.first(arena), pixels.sha256());
        } else {
            add(pixels, pixels.sha256());
        }
    }

    private Pixels decode(ImageInput image) {
        Pixels pixels = projector.decode(image);
        frees.add(pixels::close);
        return pixels;
    }

    private void add(Pixels pixels, String sha256) {
        add(new MtmdChunks.Part.Image(pixels.width(), pixels.height(), pixels.segment()), sha256);
    }

    /// A picture that is not prepared, and perhaps not even decoded, when its encodings are remembered. Where its bytes
    /// are in memory they say what it is: they are fewer than its pixels.
    private void addHeld(ImageInput image) {
        Optional<String> bytes = image.bytesSha256();
        Optional<SeenPictures.Size> seen =
                bytes.flatMap(sha256 -> projector.seen().find(sha256, image));
        if (seen.isPresent() && isRemembered(seen.get(), bytes.orElseThrow())) {
            return;
        }
        Pixels pixels = decode(image);
        String sha256 = bytes.orElseGet(pixels::sha256);
        bytes.ifPresent(_ -> projector.seen().put(sha256, image, pixels));
        SeenPictures.Size size = new SeenPictures.Size(pixels.width(), pixels.height());
        if (seen.isPresent() || !isRemembered(size, sha256)) {
            add(pixels, sha256);
        }
    }

    /// Adds a picture by its size, when that is enough.
    private boolean isRemembered(SeenPictures.Size size, String sha256) {
        if (!held.containsKey(contentId(sha256, 0))) { // else it is in the prompt twice
            List<MediaEmbeddings> remembered = projector.remembered(size, sha256);
            for (int i = 0; i < remembered.size(); i++) {
                held.put(contentId(sha256, i), remembered.get(i));
            }
            if (remembered.isEmpty()) {
                return false;
            }
        }
        add(new MtmdChunks.Part.Outline(size.width(), size.height()), sha256);
        return true;
    }

    /// Of a chunk that mtmd made of a picture or sound.
    static String contentId(String sha256, int piece) {
        return sha256 + "/" + piece;
    }

    List<MtmdChunks.Part> all() {
        return parts;
    }

    /// Of what a part holds.
    String sha256(int part) {
        return contents.get(part);
    }

    /// The picture of a part that was cut into tiles in Java.
    Optional<TiledPicture> tiled(int part) {
        return Optional.ofNullable(tiled.get(part));
    }

    /// What is remembered of the media, by content; now the caller's to close.
    Map<String, MediaEmbeddings> takeHeld() {
        Map<String, MediaEmbeddings> taken = held;
        held = Map.of();
        return taken;
    }

    @Override
    public void close() {
        held.values().forEach(MediaEmbeddings::close);
        frees.forEach(Runnable::run);
        arena.close();
    }
}
