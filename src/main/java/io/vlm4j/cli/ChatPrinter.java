package io.vlm4j.cli;

import io.vlm4j.chat.ChatEvent;
import io.vlm4j.chat.ChatReply;
import io.vlm4j.generation.GenerationEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// Writes one answer of a conversation as it comes, thoughts dimmed, and afterwards what it took. One for each answer.
final class ChatPrinter implements Consumer<ChatEvent> {
    private final RootCommand root;
    private final ChatScreen screen;
    private final ProgressLine progress;
    private boolean thinking;
    private boolean thought;
    private boolean answered;
    private boolean atLineStart = true;
    private int encoded; // pictures, or tiles of them
    private int cached;
    private Duration encoding = Duration.ZERO;

    ChatPrinter(RootCommand root, ChatScreen screen, ProgressLine progress) {
        this.root = root;
        this.screen = screen;
        this.progress = progress;
    }

    @Override
    public void accept(ChatEvent event) {
        switch (event) {
            case ChatEvent.Progress made -> progress(made.event());
            case ChatEvent.Reasoning reasoning -> think(reasoning.text());
            case ChatEvent.Text text -> answer(text.text());
            case ChatEvent.Called called -> {} // there are no tools here
            case ChatEvent.Replied replied -> {} // see end
        }
    }

    private void progress(GenerationEvent event) {
        switch (event) {
            case GenerationEvent.MediaEncoded picture -> {
                if (picture.cached()) {
                    cached++;
                } else {
                    encoded++;
                }
                encoding = encoding.plus(picture.time());
                progress.show("reading the prompt");
            }
            case GenerationEvent.PromptEvaluated evaluated -> progress.clear();
            case GenerationEvent other -> {}
        }
    }

    private void think(String text) {
        if (!screen.isTyped()) {
            return;
        }
        if (!thinking) {
            progress.clear();
            thinking = true;
            thought = true;
            screen.dim(screen.thoughts());
            if (!screen.isStyled(screen.thoughts())) {
                screen.thoughts().line("[thinking]");
            }
        }
        write(screen.thoughts(), text);
    }

    private void endThinking() {
        if (thinking) {
            thinking = false;
            screen.plain(screen.thoughts());
            breakLine(screen.thoughts());
            screen.thoughts().line(screen.isStyled(screen.thoughts()) ? "" : "[answer]");
            screen.thoughts().flush();
        }
    }

    private void answer(String text) {
        endThinking();
        progress.clear();
        // Many models put line breaks between thoughts and answer.
        String shown = thought && !answered ? text.stripLeading() : text;
        if (!shown.isEmpty()) {
            answered = true;
            write(root.out(), shown);
        }
    }

    private void write(Output output, String text) {
        output.print(text);
        atLineStart = text.endsWith("\n");
        output.flush();
    }

    private void breakLine(Output output) {
        if (!atLineStart) {
            output.line("");
            atLineStart = true;
        }
    }

    /// Leaves the screen in order when the answer failed.
    void abandon() {
        progress.clear();
        if (thinking) {
            screen.plain(screen.thoughts());
            breakLine(screen.thoughts());
            screen.thoughts().flush();
        }
        breakLine(root.out());
        root.out().flush();
    }

    /// @param inContext tokens that the context holds now, and of how many
    void end(ChatReply reply, String inContext) {
        progress.clear();
        if (ChatSession.isEmpty(reply)) {
            screen.remark("stopped before the answer began; the question is not kept");
            return;
        }
        if (thinking) {
            screen.plain(screen.thoughts());
            breakLine(screen.thoughts());
            screen.thoughts().flush();
        } else {
            breakLine(root.out());
            if (!answered) {
                root.out().line("");
            }
        }
        root.out().flush();
        String howItEnded = howItEnded(reply);
        if (screen.isTyped()) {
            List<String> figures = new ArrayList<>();
            if (!howItEnded.isEmpty()) {
                figures.add(howItEnded);
            }
            figures.addAll(figures(reply, inContext));
            screen.remark(fitting(figures, screen.width()));
        } else if (!howItEnded.isEmpty()) {
            root.note(howItEnded);
        }
    }

    private static String howItEnded(ChatReply reply) {
        int tokens = reply.generation().usage().completionTokens();
        return switch (reply.finishReason()) {
            case MAX_TOKENS -> "cut after " + tokens + " tokens (max-tokens)";
            case CONTEXT_FULL -> "cut after " + tokens + " tokens: the context is full";
            case CANCELLED -> "stopped";
            case END_OF_GENERATION, STOP_STRING -> "";
        };
    }

    private List<String> figures(ChatReply reply, String inContext) {
        List<String> figures = new ArrayList<>();
        int tokens = reply.generation().usage().completionTokens();
        double seconds = reply.generation().timings().decode().toNanos() / 1e9;
        figures.add(tokens == 1 ? "1 token" : tokens + " tokens");
        if (seconds > 0) {
            figures.add(String.format(Locale.ROOT, "%.1f/s", tokens / seconds));
        }
        figures.add("context " + inContext);
        if (encoded > 0) {
            figures.add(String.format(Locale.ROOT, "picture %.0f ms", encoding.toNanos() / 1e6));
        } else if (cached > 0) {
            figures.add("picture from the cache");
        } else if (reply.generation().usage().imageTokens() > 0) {
            figures.add("picture remembered");
        }
        return figures;
    }

    /// As many of the figures as one line has room for; the first in any case.
    static String fitting(List<String> figures, int width) {
        StringBuilder line = new StringBuilder();
        for (String figure : figures) {
            String next = line.isEmpty() ? figure : ", " + figure;
            if (!line.isEmpty() && line.length() + next.length() >= width) {
                break;
            }
            line.append(next);
        }
        return line.toString();
    }
}
