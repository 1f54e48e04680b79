package io.vlm4j.cli;

import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Pixels;
import java.nio.file.Path;

/// A picture for the next message, as it was when it was attached: later changes of the file do not matter.
///
/// @param name what it is called on the screen
record Attachment(String name, ImageInput image, int width, int height) {
    /// Reads and checks the picture.
    ///
    /// @throws io.vlm4j.Vlm4jException.InvalidMedia when it is none
    static Attachment of(Path file) {
        ImageInput inFile = ImageInput.of(file);
        try (Pixels pixels = inFile.decode()) {
            return new Attachment(
                    String.valueOf(file.getFileName()),
                    ImageInput.of(inFile.encoded()),
                    pixels.width(),
                    pixels.height());
        }
    }

    /// A picture that came with a conversation.
    static Attachment nameless(ImageInput image) {
        return new Attachment("picture", image, 0, 0);
    }

    @Override
    public String toString() {
        return width == 0 ? name : name + " (" + width + " x " + height + ")";
    }
}
