package io.vlm4j.model.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import io.vlm4j.media.Samples;
import io.vlm4j.model.Projector;
import java.util.List;
import java.util.Optional;

/// What prompts and contexts need of a projector: media that were prepared before, and what was encoded of them.
public sealed interface OpenProjector extends Projector permits ProjectorImpl, GraphProjector {
    /// Decodes a picture, which the caller closes.
    ///
    /// @throws Vlm4jException.InvalidMedia when that fails, or the projector sees none
    Pixels decode(ImageInput image);

    /// Decodes a sound at the rate of the model, which the caller closes.
    ///
    /// @throws Vlm4jException.InvalidMedia when that fails, or the projector hears none
    Samples decode(AudioInput audio);

    /// How pictures are cut; empty when that is not done in Java.
    Optional<PictureTiling> pictureTiling();

    /// Encodes a medium, or finds what was encoded before, as `[tokens, embeddingSize()]`. The caller closes it.
    ///
    /// @param contentId as [io.vlm4j.prompt.TokenizedPrompt.MediaChunk] has it
    MediaEmbeddings encode(PreparedMedium medium, String contentId);

    /// As [#encode(PreparedMedium, String)], when it is in the cache's memory.
    Optional<MediaEmbeddings> remembered(PreparedMedium medium, String contentId);

    /// As [#encode(PreparedMedium, String)] for the first of these media, and for those of the next ones that the
    /// encoder takes in the same pass. All are different.
    ///
    /// @return as many places as there are media; empty for those that must be asked for again. The caller closes them
    List<Optional<MediaEmbeddings>> encodeTogether(List<PreparedMedium> media, List<String> contentIds);
}
