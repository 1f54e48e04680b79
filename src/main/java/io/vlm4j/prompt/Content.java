package io.vlm4j.prompt;

import io.vlm4j.media.ImageInput;
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
}
