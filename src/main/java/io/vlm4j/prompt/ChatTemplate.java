package io.vlm4j.prompt;

import io.vlm4j.Vlm4jException;
import io.vlm4j.model.Model;
import io.vlm4j.prompt.internal.ChatTemplateImpl;
import java.util.List;

/// Turns a conversation into the prompt that a model was trained on, with llama.cpp's Jinja engine.
///
/// The template is the model's own (GGUF key `tokenizer.chat_template`); a model without one gets ChatML.
/// Texts in messages that look like special tokens or media markers stay plain text.
///
/// - **Owner**: whoever made it, and behind that its model.
/// - **Threads**: immutable and thread-safe.
/// - **Close**: frees it once; later calls do nothing, use after it is an [IllegalStateException].
public sealed interface ChatTemplate extends AutoCloseable permits ChatTemplateImpl {
    /// The model's own template, or ChatML when it has none.
    ///
    /// @throws Vlm4jException.InvalidTemplate when it does not parse
    static ChatTemplate of(Model model) {
        return ChatTemplateImpl.create(model, null);
    }

    /// A template of the caller's.
    ///
    /// @param source Jinja source, or the name `chatml`
    /// @throws Vlm4jException.InvalidTemplate when it does not parse
    static ChatTemplate of(Model model, String source) {
        return ChatTemplateImpl.create(model, source);
    }

    /// A template by itself, without a model: for looking at prompts. No text is taken for a special token.
    ///
    /// @param source Jinja source
    /// @param bos    the text that the template sees as `bos_token`
    /// @param eos    the text that the template sees as `eos_token`
    /// @throws Vlm4jException.InvalidTemplate when it does not parse
    static ChatTemplate of(String source, String bos, String eos) {
        return ChatTemplateImpl.create(source, bos, eos);
    }

    /// The Jinja source in use.
    String source();

    /// Whether the template has a capability by llama.cpp's name, such as `supports_tools`, `supports_system_role`,
    /// `supports_parallel_tool_calls` or `enable_thinking`. `false` for a name that llama.cpp does not know.
    boolean supports(String capability);

    /// Whether the template came from the model or the caller; `false` for the ChatML default.
    boolean isExplicit();

    /// The prompt after which the model gives its answer to this conversation.
    ///
    /// @throws IllegalArgumentException for an empty conversation
    /// @throws Vlm4jException.InvalidTemplate when the template refuses the conversation or leaves media out
    default Prompt render(List<ChatMessage> messages) {
        return render(messages, true);
    }

    /// @param addGenerationPrompt whether the beginning of the assistant's answer is added
    default Prompt render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        RenderOptions options =
                RenderOptions.builder().addGenerationPrompt(addGenerationPrompt).build();
        try (RenderedChat rendered = render(messages, options)) {
            return rendered.prompt();
        }
    }

    /// The prompt, and how the answer to it is constrained and read.
    ///
    /// @throws IllegalArgumentException for an empty conversation
    /// @throws Vlm4jException.InvalidTemplate when the template refuses the conversation or leaves media out
    /// @throws Vlm4jException.InvalidGrammar when the parameters of tools are too deep, long or many for a grammar
    RenderedChat render(List<ChatMessage> messages, RenderOptions options);

    @Override
    void close();
}
