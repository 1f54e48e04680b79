package io.vlm4j.dataset.internal;

import io.vlm4j.dataset.DatasetOptions;
import io.vlm4j.dataset.ExampleOrigin;
import io.vlm4j.dataset.VisionExample;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes an example of a row: a JSON object, or the columns of a parquet file as one. Knows four layouts, told apart by
/// their names:
///
/// - `messages` with `role` and `content`, which is a text or a list of parts of type `text` or `image`
/// - `conversations` with `from` and `value`, as LLaVA publishes them
/// - `question` and `answer` (or `answers`)
/// - `caption` or `text` alone
///
/// with pictures in `images`, `image` or `file_name`: paths, or bytes, or objects of `bytes` and `path`.
final class RowReader {
    private final ImageFolder folder;
    private final DatasetOptions options;

    RowReader(ImageFolder folder, DatasetOptions options) {
        this.folder = folder;
        this.options = options;
    }

    VisionExample read(JsonNode row, ExampleOrigin origin) throws RowRefusal {
        if (!row.isObject()) {
            throw new RowRefusal("no JSON object");
        }
        if (present(row.get("messages"))) {
            Conversation conversation = new Conversation(images(row), options);
            messages(list(row.get("messages"), "messages"), conversation);
            return conversation.example(origin, List.of());
        }
        if (present(row.get("conversations"))) {
            Conversation conversation = new Conversation(images(row), options);
            turns(list(row.get("conversations"), "conversations"), conversation);
            return conversation.example(origin, List.of());
        }
        if (present(row.get("caption")) || (present(row.get("text")) && !row.has("question"))) {
            String name = present(row.get("caption")) ? "caption" : "text";
            return answered(options.captionPrompt(), List.of(string(row.get(name), name)), row, origin);
        }
        String question = string(row.get("question"), "question");
        List<ImageInput> images = images(row);
        JsonNode answers = row.get(row.has("answers") ? "answers" : "answer");
        return answered(question, answers(answers), images, origin);
    }

    private static boolean present(@Nullable JsonNode node) {
        return node != null && !node.isNull();
    }

    private VisionExample answered(String question, List<String> answers, JsonNode row, ExampleOrigin origin)
            throws RowRefusal {
        return answered(question, answers, images(row), origin);
    }

    VisionExample answered(String question, List<String> answers, List<ImageInput> images, ExampleOrigin origin)
            throws RowRefusal {
        Conversation conversation = new Conversation(images, options);
        if (question.contains(Prompt.IMAGE_MARKER) && !images.isEmpty()) {
            conversation.markedText(question);
        } else {
            for (int i = 0; i < images.size(); i++) {
                conversation.nextImage();
            }
            conversation.text(question);
        }
        conversation.end(Role.USER);
        conversation.text(answers.getFirst());
        conversation.end(Role.ASSISTANT);
        return conversation.example(origin, answers.subList(1, answers.size()));
    }

    private void messages(JsonNode messages, Conversation conversation) throws RowRefusal {
        for (JsonNode message : messages) {
            Role role = Conversation.role(string(message.get("role"), "role"));
            JsonNode content = message.get("content");
            if (present(content) && content.isString()) {
                conversation.markedText(content.asString());
            } else {
                for (JsonNode part : list(content, "content")) {
                    part(part, conversation);
                }
            }
            conversation.end(role);
        }
    }

    private void part(JsonNode part, Conversation conversation) throws RowRefusal {
        String type = string(part.get("type"), "type of a part");
        switch (type) {
            case "text" -> {
                JsonNode text = part.get("text");
                if (text == null || !text.isString()) {
                    throw new RowRefusal("no text in a part of type text");
                }
                conversation.text(text.asString());
            }
            case "image" -> {
                JsonNode index = part.get("index");
                JsonNode own = part.get(present(part.get("image")) ? "image" : "path");
                if (present(own)) {
                    conversation.image(image(own));
                } else if (present(index) && index.isIntegralNumber()) {
                    conversation.image(index.asLong());
                } else {
                    conversation.nextImage();
                }
            }
            case "image_url" -> {
                JsonNode address = part.get("image_url");
                conversation.image(image(address != null && address.isObject() ? address.get("url") : address));
            }
            default -> throw new RowRefusal("a part of type " + type + " is neither text nor image");
        }
    }

    private static void turns(JsonNode turns, Conversation conversation) throws RowRefusal {
        for (JsonNode turn : turns) {
            Role role = Conversation.role(string(turn.get("from"), "from"));
            conversation.markedText(string(turn.get("value"), "value"));
            conversation.end(role);
        }
    }

    private static List<String> answers(@Nullable JsonNode node) throws RowRefusal {
        if (node == null || !node.isArray()) {
            return List.of(string(node, "answer"));
        }
        if (node.isEmpty()) {
            throw new RowRefusal("no answer");
        }
        List<String> answers = new ArrayList<>();
        for (JsonNode answer : node) {
            answers.add(string(answer, "answer"));
        }
        return answers;
    }

    private List<ImageInput> images(JsonNode row) throws RowRefusal {
        List<ImageInput> images = new ArrayList<>();
        for (String name : List.of("images", "image", "file_name")) {
            JsonNode node = row.get(name);
            if (node != null && node.isArray()) {
                if (node.size() > options.maxImages()) {
                    throw new RowRefusal(node.size() + " pictures; at most " + options.maxImages() + " are read");
                }
                for (JsonNode one : node) {
                    images.add(image(one));
                }
            } else if (present(node)) {
                images.add(image(node));
            }
        }
        return images;
    }

    private ImageInput image(@Nullable JsonNode node) throws RowRefusal {
        if (node != null && node.isObject()) {
            JsonNode bytes = node.get("bytes");
            return image(present(bytes) ? bytes : node.get("path"));
        }
        if (node != null && node.isBinary()) {
            return folder.image(node.binaryValue());
        }
        return folder.image(string(node, "path in image"));
    }

    private static JsonNode list(@Nullable JsonNode node, String field) throws RowRefusal {
        return Optional.ofNullable(node)
                .filter(JsonNode::isArray)
                .orElseThrow(() -> new RowRefusal("no list in " + field));
    }

    private static String string(@Nullable JsonNode node, String field) throws RowRefusal {
        if (node == null || !node.isString() || node.asString().isBlank()) {
            throw new RowRefusal("no " + field);
        }
        return node.asString();
    }
}
