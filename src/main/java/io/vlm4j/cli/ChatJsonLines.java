package io.vlm4j.cli;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.prompt.ChatJson;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `vlm4j chat --json`: a JSON object in, a JSON object out, line by line. `docs/cli.md` has their shapes. Texts are
/// never commands.
final class ChatJsonLines {
    private static final Set<String> FIELDS = Set.of("text", "images");

    private final RootCommand root;
    private final ChatSession session;
    private int code = ExitCode.OK;

    ChatJsonLines(RootCommand root, ChatSession session) {
        this.root = root;
        this.session = session;
    }

    /// Until the input ends.
    ///
    /// @return the exit code: of the first line that went wrong
    int run() {
        InputLines lines = new InputLines(root.terminal().in(), ChatJson.MAX_LENGTH);
        while (!root.interruption().isRequested()) {
            ObjectNode result;
            List<Attachment> attached = session.attached();
            try {
                Optional<String> line = lines.next();
                if (line.isEmpty()) {
                    return code;
                }
                if (line.get().isBlank()) {
                    continue;
                }
                result = work(line.get());
            } catch (Vlm4jException | IllegalArgumentException | Failure e) {
                session.attachOnly(attached);
                code = code == ExitCode.OK ? ExitCode.of(e) : code;
                result = Json.object().put("error", Failure.describe(e));
            }
            root.out().line(Json.line(result));
            root.out().flush();
        }
        return ExitCode.INTERRUPTED;
    }

    private ObjectNode work(String line) {
        try (Interruption.Work _ = root.interruption().begin()) {
            return answer(line);
        }
    }

    private ObjectNode answer(String line) {
        JsonNode request = Json.read(line);
        if (!request.isObject()) {
            throw new Failure(ExitCode.PROMPT, "a line must be a JSON object, not " + oneWord(request));
        }
        if (request.has("messages")) {
            return conversation(ChatJson.read(line));
        }
        if (request.has("role")) {
            return message(ChatJson.read("[" + line + "]").getFirst());
        }
        return question(request);
    }

    /// The conversation so far is replaced; what is in the context already is not evaluated again.
    private ObjectNode conversation(List<ChatMessage> messages) {
        if (messages.isEmpty()) {
            throw new Failure(ExitCode.PROMPT, "messages: there are none");
        }
        ChatMessage last = messages.getLast();
        if (last.role() == Role.ASSISTANT) {
            throw new Failure(ExitCode.PROMPT, "messages: the last one is an answer already");
        }
        return session.replacing(messages.subList(0, messages.size() - 1), () -> ask(last));
    }

    private ObjectNode message(ChatMessage message) {
        switch (message.role()) {
            case USER -> {
                return ask(message);
            }
            case SYSTEM -> session.chat().system(message.text());
            case ASSISTANT, TOOL -> session.chat().add(message);
        }
        return Json.object().put("added", message.role().templateName());
    }

    private ObjectNode question(JsonNode request) {
        for (String field : request.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new Failure(
                        ExitCode.PROMPT,
                        "unknown field '" + field + "': a line has text and images, or role and content, or messages");
            }
        }
        JsonNode text = request.path("text");
        if (!text.isString()) {
            throw new Failure(ExitCode.PROMPT, "text: expected a string, found " + oneWord(text));
        }
        if (text.stringValue().isBlank()) {
            throw new Failure(ExitCode.PROMPT, "text: is empty");
        }
        for (String image : images(request.path("images"))) {
            session.attach(UserPath.literal(image));
        }
        return ask(session.question(text.stringValue()));
    }

    private static List<String> images(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return List.of();
        }
        if (!node.isArray()) {
            throw new Failure(ExitCode.PROMPT, "images: expected an array of paths, found " + oneWord(node));
        }
        List<String> paths = new ArrayList<>();
        for (JsonNode path : node) {
            if (!path.isString()) {
                throw new Failure(ExitCode.PROMPT, "images: expected paths, found " + oneWord(path));
            }
            paths.add(path.stringValue());
        }
        return paths;
    }

    private ObjectNode ask(ChatMessage message) {
        ChatReply reply = session.ask(message, event -> {}, root.interruption().newCancellation());
        ObjectNode result = Json.object().put("answer", reply.text());
        reply.message().reasoning().ifPresent(thoughts -> result.put("reasoning", thoughts));
        return Json.addFigures(result, reply.generation());
    }

    private static String oneWord(JsonNode node) {
        return node.isMissingNode() ? "nothing" : Json.name(node.getNodeType());
    }
}
