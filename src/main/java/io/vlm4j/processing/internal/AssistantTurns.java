package io.vlm4j.processing.internal;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import io.vlm4j.model.Tokenizer;
import io.vlm4j.processing.PixelValues;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.Role;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Finds the tokens that the assistant says in a conversation, for any template: by writing the conversation up to each
/// of its turns, and up to the end of it.
final class AssistantTurns {
    private final ProcessorImpl processor;
    private final ChatTemplate template;
    private final Prompt prompt;
    private final Optional<PixelValues> values;
    private final Tokenizer tokenizer;

    /// @param prompt the whole conversation
    /// @param values of its pictures
    AssistantTurns(ProcessorImpl processor, ChatTemplate template, Prompt prompt, Optional<PixelValues> values) {
        this.processor = processor;
        this.template = template;
        this.prompt = prompt;
        this.values = values;
        this.tokenizer = processor.model().tokenizer();
    }

    /// @param whole the row of the whole conversation
    /// @throws InvalidTemplate when the template does not write one turn behind the other
    BitSet of(List<ChatMessage> messages, TokenRow whole) {
        BitSet said = new BitSet();
        int last = 0;
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).role() != Role.ASSISTANT) {
                continue;
            }
            int start = start(messages.subList(0, i), whole);
            int end = i == messages.size() - 1 ? whole.length() : end(messages.subList(0, i + 1), whole);
            if (start < last || end < start) {
                throw disordered();
            }
            last = end;
            said.set(start, turn(whole, start, end));
        }
        return said;
    }

    /// Up to and with the token that ends the turn.
    private int turn(TokenRow whole, int start, int end) {
        for (int i = start; i < end; i++) {
            if (tokenizer.isEndOfGeneration(whole.ids().get(i))) {
                return i + 1;
            }
        }
        return end;
    }

    private int start(List<ChatMessage> before, TokenRow whole) {
        if (before.isEmpty()) {
            throw new InvalidTemplate("a conversation that the assistant begins has no place where its turn begins");
        }
        return whole.commonLength(row(template.render(before, true)));
    }

    /// Behind the last token that holds something of these messages.
    private int end(List<ChatMessage> messages, TokenRow whole) {
        Prompt part = template.render(messages, false);
        if (!text(prompt).startsWith(text(part))) {
            throw disordered();
        }
        TokenRow row = row(part);
        int end = whole.commonLength(row);
        long open = 0;
        for (int i = end; i < row.length(); i++) {
            open += bytes(row, i);
        }
        while (open > 0 && end < whole.length()) {
            open -= bytes(whole, end++);
        }
        return end;
    }

    private TokenRow row(Prompt part) {
        return processor.row(part, values, new ArrayList<>());
    }

    private long bytes(TokenRow row, int index) {
        int id = row.ids().get(index);
        return id == processor.imageToken() ? 1 : tokenizer.piece(id).length;
    }

    private static String text(Prompt prompt) {
        StringBuilder text = new StringBuilder();
        for (Prompt.Part part : prompt.parts()) {
            switch (part) {
                case Prompt.Markup markup -> text.append(markup.text());
                case Prompt.PlainText plain -> text.append(plain.text());
                case Prompt.Tokens _, Prompt.Image _, Prompt.Audio _ -> text.append('\0');
            }
        }
        return text.toString();
    }

    private static InvalidTemplate disordered() {
        return new InvalidTemplate("the template does not write one turn behind the other, so what the assistant says"
                + " cannot be told from the rest");
    }
}
