package io.vlm4j.chat.internal;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.generation.FinishReason;
import io.vlm4j.generation.Generation;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ToolCall;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One turn: rounds of generation, with tools called between them, until the model answers.
public final class Turn implements Iterator<ChatEvent>, AutoCloseable {
    /// Renders a conversation as far as it fits and begins to generate.
    interface Rounds {
        Round begin(List<ChatMessage> added, boolean toolsAllowed);
    }

    private final Rounds rounds;
    private final ToolCalls tools;
    private final ChatOptions options;
    private final Consumer<ChatReply> onReply;
    private final List<ChatMessage> added = new ArrayList<>();
    private final List<Generation> generations = new ArrayList<>();
    private final Deque<ChatEvent> ready = new ArrayDeque<>();
    private @Nullable Round round;
    private int calledRounds;
    private boolean finished;

    /// @param onReply told of the reply before its event is handed out
    Turn(Rounds rounds, ChatOptions options, Consumer<ChatReply> onReply) {
        this.rounds = rounds;
        this.tools = new ToolCalls(options);
        this.options = options;
        this.onReply = onReply;
    }

    @Override
    public boolean hasNext() {
        return !finished || !ready.isEmpty();
    }

    /// The next event, computed now.
    @Override
    public ChatEvent next() {
        while (ready.isEmpty()) {
            if (round == null) {
                boolean toolsAllowed = calledRounds < options.maxToolRounds();
                round = rounds.begin(List.copyOf(added), toolsAllowed);
            }
            Round current = round;
            current.advance(ready);
            if (current.isFinished()) {
                end(current);
            }
        }
        return ready.removeFirst();
    }

    private void end(Round ended) {
        ended.close();
        round = null;
        ChatMessage message = ended.message();
        generations.add(ended.generation());
        added.add(message);
        boolean cut = ended.generation().finishReason() == FinishReason.CANCELLED
                || ended.generation().finishReason() == FinishReason.MAX_TOKENS
                || ended.generation().finishReason() == FinishReason.CONTEXT_FULL;
        if (message.toolCalls().isEmpty() || cut || options.tools().isEmpty()) {
            reply(message, ended.generation());
            return;
        }
        calledRounds++;
        for (ToolCall call : message.toolCalls()) {
            ChatEvent.Called called = tools.call(call);
            added.add(ChatMessage.tool(call.id(), call.name(), called.result()));
            ready.add(called);
        }
    }

    private void reply(ChatMessage message, Generation generation) {
        finished = true;
        ChatReply reply = new ChatReply(message, added, generation, generations);
        onReply.accept(reply);
        ready.add(new ChatEvent.Replied(reply));
    }

    @Override
    public void close() {
        finished = true;
        if (round != null) {
            round.close();
            round = null;
        }
    }
}
