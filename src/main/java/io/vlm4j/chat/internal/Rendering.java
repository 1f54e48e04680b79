package io.vlm4j.chat.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.chat.OverflowPolicy;
import io.vlm4j.chat.Tool;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.Generator;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.ChatTemplate;
import io.vlm4j.prompt.RenderOptions;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.prompt.Role;
import io.vlm4j.prompt.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Turns a transcript into a prompt that fits: under [OverflowPolicy#DROP_OLDEST_TURNS] it leaves out as many of the
/// oldest turns as it must, and keeps them out, so that the beginning of the prompt stays what the context holds.
public final class Rendering {
    private final Generator generator;
    private final ChatTemplate template;
    private final ChatOptions options;
    private int firstKept; // index in the transcript; system messages before it are kept

    public Rendering(Generator generator, ChatTemplate template, ChatOptions options) {
        this.generator = generator;
        this.template = template;
        this.options = options;
    }

    /// The transcript was cut to this length.
    public void rewound(int messages) {
        firstKept = Math.min(firstKept, messages);
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

    /// @param newest index of the message that began the turn
    private Round begin(List<ChatMessage> all, int newest, boolean toolsAllowed, Cancellation cancellation) {
        while (true) {
            RenderedChat rendered = template.render(kept(all), rendering(toolsAllowed));
            try {
                if (options.overflow() == OverflowPolicy.FAIL || fits(rendered)) {
                    GenerationOptions raw = options.generation().toBuilder()
                            .trimLeadingSpace(false)
                            .build();
                    return new Round(
                            rendered,
                            generator.stream(rendered, raw, cancellation),
                            options.generation().trimLeadingSpace());
                }
                dropOldestTurn(all, newest);
            } catch (Throwable t) {
                rendered.close();
                throw t;
            }
            rendered.close();
        }
    }

    private RenderOptions rendering(boolean toolsAllowed) {
        RenderOptions.Builder builder = options.rendering().toBuilder()
                .tools(options.tools().stream().map(Tool::definition).toList());
        return (toolsAllowed ? builder : builder.toolChoice(ToolChoice.NONE)).build();
    }

    private List<ChatMessage> kept(List<ChatMessage> all) {
        List<ChatMessage> kept = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (i >= firstKept || all.get(i).role() == Role.SYSTEM) {
                kept.add(all.get(i));
            }
        }
        return kept;
    }

    /// Whether the prompt and an answer of some length have room; the answer gets what was asked for, at most a quarter
    /// of the context.
    private boolean fits(RenderedChat rendered) {
        int length = generator.contextLength();
        int reserve = Math.min(options.generation().maxTokens(), length / 4);
        return generator.countTokens(rendered.prompt()) + reserve <= length;
    }

    private void dropOldestTurn(List<ChatMessage> all, int newest) {
        int next = firstKept;
        do {
            next++;
        } while (next < newest && all.get(next).role() != Role.USER);
        if (next > newest) {
            throw new Vlm4jException.ContextFull("the newest turn alone does not fit into a context of "
                    + generator.contextLength() + " tokens; shorten it or raise contextLength");
        }
        firstKept = next;
    }
}
