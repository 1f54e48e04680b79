package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.chat.ChatEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChatPrinterTest {
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    private ChatPrinter printer(boolean typed, boolean styled) {
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                Output.ofResults(screen, typed),
                Output.ofMessages(screen, typed),
                false,
                typed,
                styled);
        RootCommand root = new RootCommand(terminal, new Interruption());
        ChatInput piped = new PipedInput(new ByteArrayInputStream(new byte[0]));
        ChatInput input = typed ? new Person() : piped;
        return new ChatPrinter(root, new ChatScreen(root, input), root.progress());
    }

    private static final class Person implements ChatInput {
        @Override
        public Optional<String> next(String prompt) {
            return Optional.empty();
        }

        @Override
        public void whileAnswering(Runnable answer) {
            answer.run();
        }

        @Override
        public int width() {
            return 80;
        }

        @Override
        public boolean isTyped() {
            return true;
        }

        @Override
        public void close() {}
    }

    private String shown() {
        return screen.toString(StandardCharsets.UTF_8);
    }

    @Test
    void thoughtsAreDimAndApart() {
        ChatPrinter printer = printer(true, true);
        printer.accept(new ChatEvent.Reasoning("well, "));
        printer.accept(new ChatEvent.Reasoning("red"));
        printer.accept(new ChatEvent.Text("\n\na red "));
        printer.accept(new ChatEvent.Text("apple"));

        assertThat(shown()).isEqualTo("\u001b[2mwell, red\u001b[0m\n\na red apple");
    }

    @Test
    void plainTerminalsNameThoughtsAndPipesLeaveThemOut() {
        ChatPrinter plain = printer(true, false);
        plain.accept(new ChatEvent.Reasoning("well"));
        plain.accept(new ChatEvent.Text("red"));
        assertThat(shown()).isEqualTo("[thinking]\nwell\n[answer]\nred");

        screen.reset();
        ChatPrinter piped = printer(false, false);
        piped.accept(new ChatEvent.Reasoning("well"));
        piped.accept(new ChatEvent.Text("red"));
        assertThat(shown()).isEqualTo("red");
    }

    @Test
    void answersDoNotSteerTheTerminal() {
        ChatPrinter printer = printer(true, true);
        printer.accept(new ChatEvent.Reasoning("\u001b[2J"));
        printer.accept(new ChatEvent.Text("\u001b]0;owned\u0007\u009b2J\r\b"));

        assertThat(shown()).isEqualTo("\u001b[2m\uFFFD[2J\u001b[0m\n\n\uFFFD]0;owned\uFFFD\uFFFD2J\uFFFD\uFFFD");
    }

    @Test
    void whatFailsInTheMiddleLeavesTheScreenInOrder() {
        ChatPrinter printer = printer(true, true);
        printer.accept(new ChatEvent.Reasoning("well"));
        printer.abandon();

        assertThat(shown()).isEqualTo("\u001b[2mwell\u001b[0m\n");
    }

    @Test
    void narrowScreensSeeFewerFigures() {
        List<String> figures = List.of("4 tokens", "35.1/s", "context 82/1024");

        assertThat(ChatPrinter.fitting(figures, 80)).isEqualTo("4 tokens, 35.1/s, context 82/1024");
        assertThat(ChatPrinter.fitting(figures, 20)).isEqualTo("4 tokens, 35.1/s");
        assertThat(ChatPrinter.fitting(figures, 3)).isEqualTo("4 tokens");
    }

    @Test
    void remarksBreakBetweenWords() {
        assertThat(ChatScreen.wrapped("one two three", 7)).isEqualTo("one two\nthree");
        assertThat(ChatScreen.wrapped("one", 2)).isEqualTo("one");
        assertThat(ChatScreen.wrapped("one two", 2)).isEqualTo("one\ntwo");
    }
}
