package io.vlm4j.prompt;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Media;
import java.util.Objects;

/// A part of a message.
public sealed interface Content {
    /// Text; whatever it contains, it stays text and never becomes a special token.
    record Text(String text) implements Content {
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /// A picture.
    record Image(ImageInput image) implements Content {
        public Image {
            Objects.requireNonNull(image, "image");
        }
    }

    /// A sound.
    record Audio(AudioInput audio) implements Content {
        public Audio {
            Objects.requireNonNull(audio, "audio");
        }
    }

    /// A picture or a sound as the part that it is.
    static Content of(Media media) {
        Objects.requireNonNull(media, "media");
        return switch (media) {
            case ImageInput image -> new Image(image);
            case AudioInput audio -> new Audio(audio);
        };
    }
}
