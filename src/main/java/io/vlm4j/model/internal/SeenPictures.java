package io.vlm4j.model.internal;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.media.Pixels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The sizes of pictures that were decoded, by their bytes: so that one that comes again need not be decoded.
/// Thread-safe.
public final class SeenPictures {
    private static final int MOST = 4096; // of some hundred bytes each

    /// In pixels.
    public record Size(int width, int height) {
        static Size of(Pixels pixels) {
            return new Size(pixels.width(), pixels.height());
        }
    }

    /// A picture may be over one caller's limits, and within another's.
    private record Key(String bytesSha256, ImageLimits limits) {}

    private final Map<Key, Size> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Size> eldest) {
            return size() > MOST;
        }
    };

    /// How large a picture is, when its bytes have been seen.
    public synchronized Optional<Size> find(String bytesSha256, ImageInput image) {
        return Optional.ofNullable(seen.get(new Key(bytesSha256, image.limits())));
    }

    /// Keeps what a picture was decoded to.
    public synchronized void put(String bytesSha256, ImageInput image, Pixels pixels) {
        seen.put(new Key(bytesSha256, image.limits()), Size.of(pixels));
    }
}
