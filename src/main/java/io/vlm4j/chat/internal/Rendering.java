package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.OverflowPolicy;
import io.vlm4j.chat.Tool;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.inference.Reuse;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Turns a transcript into a prompt that fits: unless the policy is [OverflowPolicy#FAIL] it leaves out as many of the
/// oldest turns as it must, and keeps them out, so that the beginning of the prompt stays what the context holds.
public final class Rendering {
    /// What is left out is left out for a while: a prompt that loses its oldest turn at every turn is evaluated anew at
    /// every turn.
    private static final double FILLED_AFTER_DROPPING = 0.75;

    private final Generator generator;
    private final ChatTemplate template;
    private final ChatOptions options;
    private final Window window;

    /// @param window what of the transcript is shown, and when the conversation began
    public Rendering(Generator generator, ChatTemplate template, ChatOptions options, Window window) {
        this.generator = generator;
        this.template = template;
        this.options = options;
        this.window = window;
    }

    /// A turn that answers the last message of a transcript.
    ///
    /// @param onReply told of the reply before its event is handed out
    public Turn turn(List<ChatMessage> transcript, Cancellation cancellation, Consumer<ChatReply> onReply) {
        Turn.Rounds rounds = (added, toolsAllowed) -> {
            List<ChatMessage> all = new ArrayList<>(transcript);
            all.addAll(added);
            return begin(all, transcript.size() - 1, toolsAllowed, cancellation);
        };
        return new Turn(rounds, options, onReply);
    }

    /// Has the context hold the conversation so far, as far as it fits, and nothing else.
    public void evaluate(List<ChatMessage> transcript) {
        RenderOptions withoutAnswer =
                rendering(true).toBuilder().addGenerationPrompt(false).build();
        try (RenderedChat rendered = template.render(window.shown(transcript), withoutAnswer)) {
            generator.context().use(options.adapters());
            generator.evaluate(rendered.prompt(), reuse());
        }
    }

    /// @param newest index of the message that began the turn
    private Round begin(List<ChatMessage> all, int newest, boolean toolsAllowed, Cancellation cancellation) {
        RenderedChat rendered = template.render(window.shown(all), rendering(toolsAllowed));
        try {
            if (options.overflow() != OverflowPolicy.FAIL && !fits(rendered, 1)) {
                while (!fits(rendered, FILLED_AFTER_DROPPING) && window.dropOldestTurn(all, newest)) {
                    rendered.close();
                    rendered = template.render(window.shown(all), rendering(toolsAllowed));
                }
            }
            requireConstraint(rendered, toolsAllowed);
            return new Round(
                    rendered,
                    generator.stream(rendered, generation(), cancellation),
                    options.generation().trimLeadingSpace());
        } catch (Throwable t) {
            rendered.close();
            throw t;
        }
    }

    /// Some templates know nothing of tools: neither does the model then, nor is it held to calling one.
    private void requireConstraint(RenderedChat rendered, boolean toolsAllowed) {
        boolean offered = toolsAllowed
                && !options.tools().isEmpty()
                && options.rendering().toolChoice() != ToolChoice.NONE;
        if (offered && rendered.grammar().isEmpty()) {
            throw new Vlm4jException.InvalidTemplate("the chat template does not know tools, and the model would not"
                    + " hear of them; leave them out, or take a template that does: ChatTemplate.of(model, source)");
        }
    }

    private GenerationOptions generation() {
        return options.generation().toBuilder()
                .trimLeadingSpace(false)
                .reuse(reuse())
                .shiftWhenFull(options.overflow() == OverflowPolicy.SHIFT)
                .build();
    }

    private Reuse reuse() {
        return options.overflow() == OverflowPolicy.SHIFT
                ? Reuse.MOVED
                : options.generation().reuse();
    }

    private RenderOptions rendering(boolean toolsAllowed) {
        RenderOptions.Builder builder = options.rendering().toBuilder()
                .now(options.rendering().now().orElse(window.began()))
                .tools(options.tools().stream().map(Tool::definition).toList());
        return (toolsAllowed ? builder : builder.toolChoice(ToolChoice.NONE)).build();
    }

    /// Whether the prompt and an answer of some length have room in this part of the context; the answer gets what was
    /// asked for, at most a quarter of the context.
    private boolean fits(RenderedChat rendered, double part) {
        int length = generator.contextLength();
        int reserve = Math.min(options.generation().maxTokens(), length / 4);
        return generator.countTokens(rendered.prompt()) <= part * (length - reserve);
    }
}
