package io.vlm4j.isolation.internal;

import io.vlm4j.media.AudioInput;
import io.vlm4j.media.AudioLimits;
import io.vlm4j.media.ImageInput;
import io.vlm4j.media.ImageLimits;
import io.vlm4j.media.Media;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A message on its way to the other process. Pictures and sounds travel beside it as the bytes of a file.
record WireMessage(
        Role role,
        List<Part> content,
        Optional<String> reasoning,
        List<ToolCall> toolCalls,
        Optional<String> toolCallId,
        Optional<String> name) {
    enum Kind {
        TEXT,
        MARKUP,
        TOKENS,
        IMAGE,
        AUDIO
    }

    /// @param text     or ids with blanks between them, or what a medium is, for messages
    /// @param blob     which of the blobs a medium is
    /// @param maxBytes and `most`: a medium's limits
    /// @param most     pixels or seconds
    record Part(Kind kind, String text, int blob, long maxBytes, long most) {
        static Part text(Kind kind, String text) {
            return new Part(kind, text, 0, 0, 0);
        }

        static Part of(ImageInput image, List<byte[]> blobs) {
            blobs.add(image.encoded());
            ImageLimits limits = image.limits();
            return new Part(Kind.IMAGE, image.description(), blobs.size() - 1, limits.maxBytes(), limits.maxPixels());
        }

        static Part of(AudioInput sound, List<byte[]> blobs) {
            blobs.add(sound.encoded());
            AudioLimits limits = sound.limits();
            return new Part(Kind.AUDIO, sound.description(), blobs.size() - 1, limits.maxBytes(), limits.maxSeconds());
        }

        /// Raw pixels and samples are held to no limits, but what they travel as would be.
        Media medium(List<byte[]> blobs) {
            byte[] bytes = blobs.get(blob);
            long room = Math.max(maxBytes, bytes.length);
            return kind == Kind.IMAGE
                    ? ImageInput.of(bytes, text).withLimits(new ImageLimits(room, most))
                    : AudioInput.of(bytes, text).withLimits(new AudioLimits(room, (int) most));
        }
    }

    static WireMessage of(ChatMessage message, List<byte[]> blobs) {
        List<Part> parts = new ArrayList<>();
        for (Content content : message.content()) {
            parts.add(
                    switch (content) {
                        case Content.Text text -> Part.text(Kind.TEXT, text.text());
                        case Content.Image image -> Part.of(image.image(), blobs);
                        case Content.Audio sound -> Part.of(sound.audio(), blobs);
                    });
        }
        return new WireMessage(
                message.role(), parts, message.reasoning(), message.toolCalls(), message.toolCallId(), message.name());
    }

    static List<WireMessage> all(List<ChatMessage> messages, List<byte[]> blobs) {
        return messages.stream().map(message -> of(message, blobs)).toList();
    }

    ChatMessage message(List<byte[]> blobs) {
        List<Content> parts = new ArrayList<>();
        for (Part part : content) {
            parts.add(part.kind() == Kind.TEXT ? new Content.Text(part.text()) : Content.of(part.medium(blobs)));
        }
        return new ChatMessage(role, parts, reasoning, toolCalls, toolCallId, name);
    }

    static List<ChatMessage> messages(List<WireMessage> messages, List<byte[]> blobs) {
        return messages.stream().map(message -> message.message(blobs)).toList();
    }

    /// A prompt on its way.
    record WirePrompt(List<Part> parts, boolean addSpecial, List<String> stops) {
        static WirePrompt of(Prompt prompt, List<byte[]> blobs) {
            List<Part> parts = new ArrayList<>();
            for (Prompt.Part part : prompt.parts()) {
                parts.add(
                        switch (part) {
                            case Prompt.Markup markup -> Part.text(Kind.MARKUP, markup.text());
                            case Prompt.PlainText text -> Part.text(Kind.TEXT, text.text());
                            case Prompt.Tokens tokens -> Part.text(Kind.TOKENS, written(tokens.ids()));
                            case Prompt.Image image -> Part.of(image.image(), blobs);
                            case Prompt.Audio sound -> Part.of(sound.audio(), blobs);
                        });
            }
            return new WirePrompt(parts, prompt.addSpecial(), prompt.stops());
        }

        Prompt prompt(List<byte[]> blobs) {
            List<Prompt.Part> all = new ArrayList<>();
            for (Part part : parts) {
                all.add(
                        switch (part.kind()) {
                            case TEXT -> new Prompt.PlainText(part.text());
                            case MARKUP -> new Prompt.Markup(part.text());
                            case TOKENS -> new Prompt.Tokens(ids(part.text()));
                            case IMAGE, AUDIO -> Prompt.Part.of(part.medium(blobs));
                        });
            }
            return new Prompt(all, addSpecial, stops);
        }

        private static String written(List<Integer> ids) {
            return ids.stream().map(String::valueOf).collect(Collectors.joining(" "));
        }

        private static List<Integer> ids(String written) {
            return Stream.of(written.split(" "))
                    .filter(id -> !id.isEmpty())
                    .map(Integer::valueOf)
                    .toList();
        }
    }
}
