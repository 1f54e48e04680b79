package io.vlm4j.prompt;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.Media;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What a model continues: markup, plain text, tokens, pictures and sounds in order. An immutable value.
///
/// Made by a [ChatTemplate] from a conversation, or by hand for models and formats that no template covers:
///
/// {@snippet class="io.vlm4j.snippets.PromptSnippets" region="by-hand"}
///
/// @param parts      in the order in which the model sees them
/// @param addSpecial whether BOS and EOS are added as the model is configured
/// @param stops      texts that end the answer, besides end-of-generation tokens
public record Prompt(List<Part> parts, boolean addSpecial, List<String> stops) {
    /// The place of a picture in [#parse].
    public static final String IMAGE_MARKER = "<image>";

    /// A piece of a prompt.
    public sealed interface Part {
        /// A picture or a sound as the part that it is.
        static Part of(Media media) {
            return switch (media) {
                case ImageInput image -> new Image(image);
                case AudioInput audio -> new Audio(audio);
            };
        }
    }

    /// Text in which texts of special tokens become those tokens. Never put a user's text in here.
    public record Markup(String text) implements Part {}

    /// Text that stays text.
    public record PlainText(String text) implements Part {}

    /// Tokens as they are, for those who tokenize themselves. No BOS is added before them. Not beside pictures and
    /// sounds of a llama.cpp model, whose prompts are tokenized as a whole.
    ///
    /// @param ids of the model's vocabulary
    public record Tokens(List<Integer> ids) implements Part {
        public Tokens {
            ids = List.copyOf(ids);
        }
    }

    /// A picture.
    public record Image(ImageInput image) implements Part {
        public Image {
            Objects.requireNonNull(image, "image");
        }
    }

    /// A sound.
    public record Audio(AudioInput audio) implements Part {
        public Audio {
            Objects.requireNonNull(audio, "audio");
        }
    }

    /// @throws IllegalArgumentException when there is nothing in it
    public Prompt {
        parts = List.copyOf(parts);
        stops = List.copyOf(stops);
        if (parts.stream().allMatch(Prompt::isEmpty)) {
            throw new IllegalArgumentException("the prompt is empty");
        }
    }

    private static boolean isEmpty(Part part) {
        return switch (part) {
            case Markup markup -> markup.text().isEmpty();
            case PlainText plain -> plain.text().isEmpty();
            case Tokens tokens -> tokens.ids().isEmpty();
            case Image image -> false;
            case Audio audio -> false;
        };
    }

    public static Builder builder() {
        return new Builder();
    }

    /// Markup in which each [#IMAGE_MARKER] stands for the next of the pictures.
    ///
    /// @throws IllegalArgumentException when there are more or fewer markers than pictures
    public static Prompt parse(String markup, ImageInput... images) {
        Builder builder = builder();
        int used = 0;
        int from = 0;
        for (int at = markup.indexOf(IMAGE_MARKER); at >= 0; at = markup.indexOf(IMAGE_MARKER, from)) {
            builder.markup(markup.substring(from, at));
            if (used < images.length) {
                builder.image(images[used]);
            }
            used++;
            from = at + IMAGE_MARKER.length();
        }
        if (used != images.length) {
            throw new IllegalArgumentException("the prompt has " + used + " image markers (" + IMAGE_MARKER + ") for "
                    + images.length + " images");
        }
        return builder.markup(markup.substring(from)).build();
    }

    public List<ImageInput> images() {
        return parts.stream()
                .filter(Image.class::isInstance)
                .map(part -> ((Image) part).image())
                .toList();
    }

    public List<AudioInput> audios() {
        return parts.stream()
                .filter(Audio.class::isInstance)
                .map(part -> ((Audio) part).audio())
                .toList();
    }

    public static final class Builder {
        private final List<Part> parts = new ArrayList<>();
        private boolean addSpecial = true;
        private List<String> stops = List.of();

        private Builder() {}

        /// Text in which texts of special tokens become those tokens. Never put a user's text in here.
        public Builder markup(String text) {
            if (!text.isEmpty()) {
                parts.add(new Markup(text));
            }
            return this;
        }

        /// Text that stays text.
        public Builder text(String text) {
            if (!text.isEmpty()) {
                parts.add(new PlainText(text));
            }
            return this;
        }

        /// Tokens as they are.
        public Builder tokens(List<Integer> ids) {
            if (!ids.isEmpty()) {
                parts.add(new Tokens(ids));
            }
            return this;
        }

        public Builder image(ImageInput image) {
            parts.add(new Image(image));
            return this;
        }

        public Builder audio(AudioInput audio) {
            parts.add(new Audio(audio));
            return this;
        }

        /// A picture or a sound.
        public Builder media(Media media) {
            parts.add(Part.of(media));
            return this;
        }

        /// Adds parts as they are.
        public Builder parts(List<? extends Part> more) {
            parts.addAll(more);
            return this;
        }

        /// Whether BOS and EOS are added as the model is configured; yes unless said otherwise.
        public Builder addSpecial(boolean value) {
            addSpecial = value;
            return this;
        }

        public Builder stops(List<String> value) {
            stops = List.copyOf(value);
            return this;
        }

        /// @throws IllegalArgumentException when there is nothing in it
        public Prompt build() {
            return new Prompt(parts, addSpecial, stops);
        }
    }
}
