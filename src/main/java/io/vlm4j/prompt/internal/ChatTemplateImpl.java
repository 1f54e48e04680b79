package io.vlm4j.prompt.internal;

import io.vlm4j.model.Model;
import io.vlm4j.model.internal.ModelImpl;
import io.vlm4j.model.internal.TokenizerImpl;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.shim.ChatTemplates;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.runtime.NativeRuntime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A parsed chat template of the native engine.
public final class ChatTemplateImpl implements ChatTemplate {
    private final @Nullable ModelImpl model; // none for a template by itself
    private final NativeHandle handle;
    private final SteeringTexts steering;
    private final Optional<ImagesFirst> imagesFirst;
    private final PlainAnswers plainAnswers;

    private ChatTemplateImpl(@Nullable ModelImpl model, NativeHandle handle, SteeringTexts steering) {
        this.model = model;
        this.handle = handle;
        this.steering = steering;
        String source = ChatTemplates.source(handle.segment());
        this.imagesFirst = ImagesFirst.of(source);
        this.plainAnswers = new PlainAnswers(source);
    }

    public static ChatTemplateImpl create(Model model, @Nullable String source) {
        ModelImpl owner = (ModelImpl) model;
        if (source != null) {
            TemplateLimits.check(source);
        } else {
            owner.chatTemplates().forEach(TemplateLimits::check);
        }
        return owner.handle().newChild(() -> {
            NativeHandle templates = TemplateTime.within(
                    TemplateTime.MOST, () -> ChatTemplates.create(owner.handle().segment(), source));
            String used = ChatTemplates.source(templates.segment());
            return new ChatTemplateImpl(owner, templates, SteeringTexts.of((TokenizerImpl) owner.tokenizer(), used));
        });
    }

    public static ChatTemplateImpl create(String source, String bos, String eos) {
        NativeRuntime.load();
        TemplateLimits.check(source);
        NativeHandle templates =
                TemplateTime.within(TemplateTime.MOST, () -> ChatTemplates.create(source, bos, eos)); // it is tried
        return new ChatTemplateImpl(null, templates, SteeringTexts.NONE);
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
    public boolean supports(String capability) {
        return ChatTemplates.supports(handle.segment(), capability);
    }

    @Override
    public RenderedChat render(List<ChatMessage> messages, RenderOptions options) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("the conversation is empty");
        }
        Placeholders placeholders = new Placeholders(steering);
        String request = RequestJson.of(messages, options, placeholders, imagesFirst);
        return handle.newChild(() -> {
            NativeHandle rendered =
                    TemplateTime.within(TemplateTime.MOST, () -> ChatTemplates.apply(handle.segment(), request));
            try {
                return new RenderedChatImpl(handle, rendered, placeholders, options, plainAnswers);
            } catch (Throwable t) {
                rendered.close();
                throw t;
            }
        });
    }

    @Override
    public void close() {
        handle.close();
        if (model != null) {
            model.handle().release(this);
        }
    }
}
