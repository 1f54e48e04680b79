package io.vlm4j.cli;

import java.util.List;

/// What a conversation shows besides answers. With a person at the keyboard, remarks are dim lines of their own; in a
/// pipe there is nobody to read them, and only what was asked for is written.
final class ChatScreen {
    private static final String DIM = "\u001b[2m";
    private static final String PLAIN = "\u001b[0m";

    private final RootCommand root;
    private final ChatInput input;

    ChatScreen(RootCommand root, ChatInput input) {
        this.root = root;
        this.input = input;
    }

    boolean isTyped() {
        return input.isTyped();
    }

    int width() {
        return input.width();
    }

    /// What a command found.
    void show(List<String> lines) {
        lines.forEach(root.out()::line);
        root.out().flush();
    }

    /// What a command did.
    void remark(String text) {
        if (isTyped() && !root.isQuiet()) {
            dim(root.err());
            root.err().print(wrapped(text, width()));
            plain(root.err());
            root.err().line("");
            root.err().flush();
        }
    }

    /// What went wrong.
    void problem(String text) {
        if (isTyped()) {
            root.err().line(wrapped(text, width()));
            root.err().flush();
        } else {
            root.message(text);
        }
    }

    /// Text with line breaks between words, so that a screen of so many columns need not break words.
    static String wrapped(String text, int width) {
        StringBuilder wrapped = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            int length = word.codePointCount(0, word.length());
            if (column > 0 && column + 1 + length > width) {
                wrapped.append('\n');
                column = 0;
            } else if (!wrapped.isEmpty()) {
                wrapped.append(' ');
                column++;
            }
            wrapped.append(word);
            column += length;
        }
        return wrapped.toString();
    }

    /// Where the model's thoughts go: to the person, and not into a file of answers.
    Output thoughts() {
        return root.out().isTerminal() ? root.out() : root.err();
    }

    boolean isStyled(Output output) {
        return root.terminal().styled() && output.isTerminal();
    }

    void dim(Output output) {
        if (isStyled(output)) {
            output.control(DIM);
        }
    }

    void plain(Output output) {
        if (isStyled(output)) {
            output.control(PLAIN);
        }
    }
}
