package io.vlm4j.server.internal.media;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.model.Projector;
import io.vlm4j.prompt.internal.TranscriptReader;
import io.vlm4j.server.ServerLimits;
import io.vlm4j.server.internal.json.Fault;
import java.util.Optional;

/// The pictures and sounds of one request, counted. One thread at a time.
public final class RequestMedia implements TranscriptReader.MediaSource {
    private final Optional<Projector> projector;
    private final ServerLimits limits;
    private final MediaFetcher fetcher;
    private int count;

    public RequestMedia(Optional<Projector> projector, ServerLimits limits, MediaFetcher fetcher) {
        this.projector = projector;
        this.limits = limits;
        this.fetcher = fetcher;
    }

    @Override
    public ImageInput picture(String url, String path) {
        requireSight(path);
        if (!url.regionMatches(true, 0, "data:", 0, 5)) {
            return input(fetcher.fetch(url, path));
        }
        if (!url.contains(";base64,")) {
            throw Fault.of(path, path + " must be a data: URI with base64 (data:image/png;base64,...)");
        }
        return input(TranscriptReader.bytes(url, path));
    }

    /// A picture as base64 alone.
    public ImageInput inline(String base64, String path) {
        requireSight(path);
        return input(TranscriptReader.bytes(base64, path));
    }

    private void requireSight(String path) {
        if (projector.filter(Projector::seesImages).isEmpty()) {
            throw Fault.of(path, path + ": this model sees no pictures");
        }
        countOne(path);
    }

    private ImageInput input(byte[] bytes) {
        return ImageInput.of(bytes).withLimits(ImageLimits.defaults().withMaxPixels(limits.imagePixels()));
    }

    @Override
    public AudioInput sound(String data, String path) {
        if (projector.filter(Projector::hearsAudio).isEmpty()) {
            throw Fault.of(path, path + ": this model hears no sounds");
        }
        countOne(path);
        return AudioInput.of(TranscriptReader.bytes(data, path));
    }

    private void countOne(String path) {
        count++;
        if (count > limits.images()) {
            throw Fault.of(path, path + ": a request may have " + limits.images() + " pictures and sounds");
        }
    }
}
