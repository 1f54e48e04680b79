package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Content;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Collects the messages of one example and puts its pictures in their places.
final class Conversation {
    private final List<ImageInput> images;
    private final DatasetOptions options;
    private final List<ChatMessage> messages = new ArrayList<>();
    private List<Content> content = new ArrayList<>();
    private final boolean[] placed;
    private int next;
    private long length;

    /// @param images of the whole example, in their order
    Conversation(List<ImageInput> images, DatasetOptions options) {
        this.images = images;
        this.options = options;
        this.placed = new boolean[images.size()];
    }

    static Role role(String name) throws RowRefusal {
        return switch (name) {
            case "system" -> Role.SYSTEM;
            case "user", "human" -> Role.USER;
            case "assistant", "gpt" -> Role.ASSISTANT;
            default -> throw new RowRefusal("no role of a message: " + name);
        };
    }

    /// Text that stays as it is.
    void text(String text) throws RowRefusal {
        length += text.length();
        if (length > options.maxTextLength()) {
            throw new RowRefusal("more than " + options.maxTextLength() + " characters of text");
        }
        if (!text.isEmpty()) {
            content.add(new Content.Text(text));
        }
    }

    /// Text in which each `<image>` is the place of the next picture.
    void markedText(String text) throws RowRefusal {
        int from = 0;
        for (int at = text.indexOf(Prompt.IMAGE_MARKER); at >= 0; at = text.indexOf(Prompt.IMAGE_MARKER, from)) {
            text(text.substring(from, at));
            nextImage();
            from = at + Prompt.IMAGE_MARKER.length();
        }
        text(text.substring(from));
    }

    void nextImage() throws RowRefusal {
        image(next);
    }

    /// @param index among the pictures of the example
    void image(long index) throws RowRefusal {
        if (index < 0 || index >= images.size()) {
            throw new RowRefusal(
                    "a place for picture " + index + ", but there are " + images.size() + " pictures (counted from 0)");
        }
        next = (int) index + 1;
        placed[(int) index] = true;
        content.add(new Content.Image(images.get((int) index)));
    }

    /// A picture that comes with its place.
    void image(ImageInput image) {
        content.add(new Content.Image(image));
    }

    /// Ends a message.
    void end(Role role) throws RowRefusal {
        boolean blank = content.stream().allMatch(part -> part instanceof Content.Text(String text) && text.isBlank());
        if (blank) {
            throw new RowRefusal("message " + (messages.size() + 1) + " (" + role.templateName() + ") is empty");
        }
        messages.add(new ChatMessage(role, content));
        content = new ArrayList<>();
    }

    /// Where no message says where pictures belong, they come first in the first message of the user.
    VisionExample example(ExampleOrigin origin, List<String> alternatives) throws RowRefusal {
        int unplaced = 0;
        for (boolean one : placed) {
            unplaced += one ? 0 : 1;
        }
        if (unplaced == images.size() && unplaced > 0) {
            placeFirst();
        } else if (unplaced > 0) {
            throw new RowRefusal(images.size() + " pictures, but no place for " + unplaced + " of them");
        }
        if (messages.stream()
                        .flatMap(message -> message.content().stream())
                        .filter(Content.Image.class::isInstance)
                        .count()
                > options.maxImages()) {
            throw new RowRefusal("more than " + options.maxImages() + " pictures");
        }
        if (messages.isEmpty() || messages.getLast().role() != Role.ASSISTANT) {
            throw new RowRefusal("no answer of the assistant at the end");
        }
        return new VisionExample(origin, messages, alternatives);
    }

    private void placeFirst() throws RowRefusal {
        Optional<ChatMessage> user =
                messages.stream().filter(message -> message.role() == Role.USER).findFirst();
        if (user.isEmpty()) {
            throw new RowRefusal(images.size() + " pictures, but no message of the user");
        }
        List<Content> all = new ArrayList<>();
        images.forEach(image -> all.add(new Content.Image(image)));
        all.addAll(user.get().content());
        messages.set(messages.indexOf(user.get()), new ChatMessage(Role.USER, all));
    }
}
