package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.RenderedChatImpl;
import java.util.ArrayList;
import java.util.List;

/// Reads an answer while it is written, in every format that llama.cpp's common library knows. What was told is never
/// taken back: where the parser changes its mind about the last characters, they are held until it is sure.
///
/// The parser reads the whole text each time, unless all that follows is content, which is so in most answers without
/// tools. Else an answer of `n` characters is read about `n` times while it is short and ever less often as it
/// grows, so that the work grows with `n` and not with its square.
///
/// One thread at a time; one reader for each answer.
public final class AnswerReader {
    /// Below so many characters the text is read again with every piece.
    private static final int SHORT = 4096;

    /// A longer text is read again when it has grown by this part of itself.
    private static final int GROWTH = 256;

    /// How often an answer that has begun is tried for being content to its end; white space may delay it.
    private static final int TRIALS = 3;

    private final RenderedChat rendered;
    private final StringBuilder text = new StringBuilder();
    private int readAt; // length of the text when it was read last
    private String reasoning = ""; // that was told
    private final StringBuilder content = new StringBuilder();
    private int trials;
    private boolean plain; // all that follows is content
    private final List<ToldCall> calls = new ArrayList<>();

    private record ToldCall(String id, String name, String arguments) {}

    public AnswerReader(RenderedChat rendered) {
        this.rendered = rendered;
    }

    /// What this piece of the answer adds.
    public List<AnswerEvent> add(String piece) {
        text.append(piece);
        if (plain && piece.indexOf('\0') < 0) {
            content.append(piece);
            return piece.isEmpty() ? List.of() : List.of(new AnswerEvent.ContentDelta(piece));
        }
        plain = false; // native code takes the character for the end of the text
        if (text.length() > SHORT && text.length() - readAt < text.length() / GROWTH) {
            return List.of();
        }
        readAt = text.length();
        ChatMessage message;
        try {
            message = rendered.parse(text.toString(), true);
        } catch (Vlm4jException.InvalidAnswer e) {
            return List.of(); // may make sense with what follows; the end will tell
        }
        List<AnswerEvent> events = new ArrayList<>();
        tell(message, events);
        if (!content.isEmpty() && trials < TRIALS) {
            trials++;
            plain = ((RenderedChatImpl) rendered).isPlainAfter(text.toString(), message);
        }
        return events;
    }

    /// The end of the answer. One that is not in its format is content as it stands: a model that was cut, or that
    /// wrote something else, has still said something.
    public List<AnswerEvent> end() {
        ChatMessage message;
        try {
            message = rendered.parse(text.toString(), false);
        } catch (Vlm4jException.InvalidAnswer e) {
            message = unread();
        }
        List<AnswerEvent> events = new ArrayList<>();
        tell(message, events);
        events.add(new AnswerEvent.Finished(message));
        return events;
    }

    private ChatMessage unread() {
        try {
            return rendered.parse(text.toString(), true);
        } catch (Vlm4jException.InvalidAnswer e) {
            return ChatMessage.assistant(text.toString(), "", List.of());
        }
    }

    private void tell(ChatMessage message, List<AnswerEvent> events) {
        String thought = message.reasoning().orElse("");
        if (isLonger(thought, reasoning)) {
            events.add(new AnswerEvent.ReasoningDelta(thought.substring(reasoning.length())));
            reasoning = thought;
        }
        String said = message.text();
        if (isLonger(said, content)) {
            events.add(new AnswerEvent.ContentDelta(said.substring(content.length())));
            content.append(said, content.length(), said.length());
        }
        for (int i = 0; i < message.toolCalls().size(); i++) {
            tell(i, message.toolCalls().get(i), events);
        }
    }

    private void tell(int index, ToolCall call, List<AnswerEvent> events) {
        if (index == calls.size()) {
            if (call.name().isEmpty()) {
                return;
            }
            events.add(new AnswerEvent.ToolCallStarted(index, call.id(), call.name()));
            calls.add(new ToldCall(call.id(), call.name(), ""));
        }
        ToldCall told = calls.get(index);
        if (isLonger(call.arguments(), told.arguments())) {
            String more = call.arguments().substring(told.arguments().length());
            events.add(new AnswerEvent.ToolCallArguments(index, more));
            calls.set(index, new ToldCall(told.id(), told.name(), call.arguments()));
        }
    }

    private static boolean isLonger(String now, CharSequence told) {
        return now.length() > told.length() && now.startsWith(told.toString());
    }
}
