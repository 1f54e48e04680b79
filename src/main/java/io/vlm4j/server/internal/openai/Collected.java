package io.vlm4j.server.internal.openai;

import io.vlm4j.generation.Generation;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.server.internal.AnswerListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All answers to a question, when they have ended.
public class Collected implements AnswerListener {
    private final @Nullable ChatMessage[] messages;
    private final @Nullable Generation[] generations;

    public Collected(int answers) {
        messages = new ChatMessage[answers];
        generations = new Generation[answers];
    }

    @Override
    public boolean hears() {
        return false;
    }

    @Override
    public void ended(int answer, ChatMessage message, Generation generation) {
        messages[answer] = message;
        generations[answer] = generation;
    }

    public List<ChatMessage> messages() {
        return complete(messages);
    }

    public List<Generation> generations() {
        return complete(generations);
    }

    private static <T> List<T> complete(@Nullable T[] all) {
        List<T> list = new ArrayList<>();
        for (T one : all) {
            if (one == null) {
                throw new IllegalStateException("an answer has not ended: " + Arrays.toString(all));
            }
            list.add(one);
        }
        return list;
    }
}
