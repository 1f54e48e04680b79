package io.vlm4j.prompt.internal;

import io.vlm4j.Vlm4jException.InvalidTemplate;
import io.vlm4j.natives.ffi.NativeHandle;
import io.vlm4j.natives.shim.ChatPrompts;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What the native template engine made of a conversation.
public final class RenderedChatImpl implements RenderedChat {
    private final NativeHandle owner;
    private final NativeHandle handle;
    private final Prompt prompt;
    private final RenderOptions options;
    private final PlainAnswers plainAnswers;

    /// @param plainAnswers of the template
    RenderedChatImpl(
            NativeHandle owner,
            NativeHandle handle,
            Placeholders placeholders,
            RenderOptions options,
            PlainAnswers plainAnswers) {
        this.options = options;
        this.plainAnswers = plainAnswers;
        this.owner = owner;
        this.handle = handle;
        List<Prompt.Part> parts = placeholders.takeApart(ChatPrompts.text(handle.segment()));
        if (parts.isEmpty()) {
            throw new InvalidTemplate("the chat template makes nothing of this conversation");
        }
        this.prompt = Prompt.builder()
                .stops(ChatPrompts.stops(handle.segment()))
                .parts(parts)
                .build();
    }

    public NativeHandle handle() {
        return handle;
    }

    @Override
    public Prompt prompt() {
        return prompt;
    }

    /// The grammar that the caller asked for. Formats of templates mostly pass over it, and then it is for the sampler.
    public Optional<String> ownGrammar() {
        return options.grammar();
    }

    @Override
    public String format() {
        return ChatPrompts.format(handle.segment());
    }

    @Override
    public String grammar() {
        return ChatPrompts.grammar(handle.segment());
    }

    @Override
    public List<String> preservedTokens() {
        return ChatPrompts.preservedTokens(handle.segment());
    }

    @Override
    public ChatMessage parse(String answer, boolean partial) {
        JsonNode message = JsonText.MAPPER.readTree(ChatPrompts.parse(handle.segment(), answer, partial));
        List<ToolCall> calls = new ArrayList<>();
        for (JsonNode call : message.path("tool_calls")) {
            JsonNode function = call.path("function");
            JsonNode arguments = function.path("arguments");
            calls.add(new ToolCall(
                    call.path("id").asString(""),
                    function.path("name").asString(""),
                    arguments.isString() ? arguments.stringValue() : arguments.toString()));
        }
        return ChatMessage.assistant(
                message.path("content").asString(""),
                message.path("reasoning_content").asString(""),
                calls);
    }

    /// Whether all that may follow this beginning of an answer is content, whatever it is.
    ///
    /// @param read what the beginning says
    public boolean isPlainAfter(String beginning, ChatMessage read) {
        return plainAnswers.isPlainAfter(this, options, beginning, read);
    }

    @Override
    public void close() {
        handle.close();
        owner.release(this);
    }
}
