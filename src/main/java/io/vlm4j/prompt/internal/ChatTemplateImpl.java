package io.vlm4j.prompt.internal;

import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.shim.ChatTemplates;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.Prompt;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A parsed chat template of the native engine.
public final class ChatTemplateImpl implements ChatTemplate {
    private final ModelImpl model;
    private final NativeHandle handle;
    private final Optional<Pattern> specials;

    private ChatTemplateImpl(ModelImpl model, NativeHandle handle) {
        this.model = model;
        this.handle = handle;
        this.specials = Placeholders.spellings(model.tokenizer().specialTexts());
    }

    public static ChatTemplateImpl create(Model model, @Nullable String source) {
        ModelImpl owner = (ModelImpl) model;
        return owner.handle()
                .newChild(() -> new ChatTemplateImpl(
                        owner, ChatTemplates.create(owner.handle().segment(), source)));
    }

    @Override
    public String source() {
        return ChatTemplates.source(handle.segment());
    }

    @Override
    public boolean isExplicit() {
        return ChatTemplates.isExplicit(handle.segment());
    }

    @Override
    public Prompt render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("the conversation is empty");
        }
        Placeholders placeholders = new Placeholders(specials);
        String request = RequestJson.of(messages, addGenerationPrompt, placeholders);
        ChatTemplates.Rendered rendered = ChatTemplates.apply(handle.segment(), request);
        return Prompt.builder()
                .stops(rendered.stops())
                .parts(placeholders.takeApart(rendered.text()))
                .build();
    }

    @Override
    public void close() {
        handle.close();
        model.handle().release(this);
    }
}
