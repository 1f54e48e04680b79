package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jline.terminal.Size;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Keys go in, lines come out, through JLine's own terminal emulation.
@Timeout(60)
class TypedInputTest {
    private static final String LEFT = "\u001bOD";
    private static final String CONTROL_C = "\u0003";
    private static final String CONTROL_D = "\u0004";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    /// Bytes of keys, from any thread. Java's own pipes break as soon as the thread that wrote has ended.
    private static final class Keyboard extends InputStream {
        private final BlockingQueue<Byte> keys = new LinkedBlockingQueue<>();

        private void press(String text) {
            for (byte key : text.getBytes(StandardCharsets.UTF_8)) {
                keys.add(key);
            }
        }

        @Override
        public int read() {
            try {
                return keys.take() & 0xff;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return -1;
            }
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int first = read();
            if (first < 0) {
                return -1;
            }
            target[offset] = (byte) first;
            return 1;
        }

        @Override
        public int available() {
            return keys.size();
        }
    }

    /// The lines that come of these keys.
    private TypedInput typing(String kind, String keys, Optional<Path> history) throws IOException {
        Keyboard keyboard = new Keyboard();
        ExternalTerminal terminal = new ExternalTerminal("test", kind, keyboard, screen, StandardCharsets.UTF_8);
        terminal.setSize(Size.of(80, 24));
        TypedInput input = new TypedInput(terminal, () -> Set.of("main", "mice"), history);
        keyboard.press(keys);
        return input;
    }

    private Optional<String> typed(String keys) throws IOException {
        try (TypedInput input = typing("xterm", keys, Optional.empty())) {
            return input.next("> ");
        }
    }

    @Test
    void linesAreEdited() throws IOException {
        assertThat(typed("Helo!" + LEFT + LEFT + "l\r")).contains("Hello!");
        assertThat(typed("Käse 🧀\u007f\u007f?\r")).contains("Käse?");
    }

    @Test
    void exclamationMarksAndBackslashesAreText() throws IOException {
        assertThat(typed("a !! \\b !c\r")).contains("a !! \\b !c");
    }

    @Test
    void messagesOfSeveralLinesAreOne() throws IOException {
        assertThat(typed("a\\\rb\r")).contains("a\\\nb");
        assertThat(typed("\"\"\"\rit's (\r\"\"\"\r")).contains("\"\"\"\nit's (\n\"\"\"");
    }

    @Test
    void commandsForksSettingsAndSwitchesAreCompleted() throws IOException {
        assertThat(typed("/und\t\r")).contains("/undo ");
        assertThat(typed("/switch mi\t\r")).contains("/switch mice ");
        assertThat(typed("/set top-n\t1\r")).contains("/set top-n-sigma 1");
        assertThat(typed("/think of\t\r")).contains("/think off ");
        assertThat(typed("it's a /und\t\r")).contains("it's a /und");
    }

    @Test
    void pathsAreCompletedWithTheirSpaces() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("my pictures"));
        Files.createFile(inner.resolve("red apple.png"));
        Files.createFile(inner.resolve(".hidden"));

        String line = typed("/image " + folder + "/my\tre\t\r").orElseThrow();

        SlashCommand.Call call = SlashCommand.in(line).orElseThrow();
        assertThat(Words.texts(call.argument())).containsExactly(folder + "/my pictures/red apple.png");
    }

    @Test
    void namesThatWouldSteerTheTerminalAreNotOffered() throws IOException {
        Files.createFile(folder.resolve("a\u001b]0;owned\u0007.png"));
        Files.createFile(folder.resolve("ab.png"));

        assertThat(typed("/load " + folder + "/a\t\r")).contains("/load " + folder + "/ab.png ");
        assertThat(screen.toString(StandardCharsets.UTF_8)).doesNotContain("owned");
    }

    @Test
    void controlDLeavesWhereNothingIsTyped() throws IOException {
        assertThat(typed(CONTROL_D)).isEmpty();
    }

    @Test
    void controlCDropsTheLineAndLeavesAtTheSecondTime() throws IOException, InterruptedException {
        Keyboard keyboard = new Keyboard();
        ExternalTerminal terminal = new ExternalTerminal("test", "xterm", keyboard, screen, StandardCharsets.UTF_8);
        try (TypedInput input = new TypedInput(terminal, Set::of, Optional.empty())) {
            Thread person = Thread.ofVirtual().start(() -> {
                press(keyboard, "wrong", "> wrong");
                press(keyboard, CONTROL_C, "> wrong");
                press(keyboard, "right\r", "right");
            });
            assertThat(input.next("> ")).contains("right");
            person.join();

            Thread leaver = Thread.ofVirtual().start(() -> {
                press(keyboard, CONTROL_C, "(Ctrl-C again leaves)");
                press(keyboard, CONTROL_C, "");
            });
            assertThat(input.next("> ")).isEmpty();
            leaver.join();
        }
    }

    /// Presses keys, and waits until the screen shows what they lead to.
    private void press(Keyboard keyboard, String keys, String expected) {
        try {
            Thread.sleep(200);
            keyboard.press(keys);
            while (!screen.toString(StandardCharsets.UTF_8).contains(expected)) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void linesAreRemembered() throws IOException {
        Path history = folder.resolve("history");
        HistoryFile.prepare(history);
        try (TypedInput input = typing("xterm", "first\r secret\r", Optional.of(history))) {
            input.next("> ");
            input.next("> ");
        }
        try (TypedInput input = typing("xterm", "\u001bOA\r", Optional.of(history))) {
            assertThat(input.next("> ")).contains("first");
        }
        assertThat(history).content().doesNotContain("secret");
    }

    @Test
    void dumbTerminalsDo() throws IOException, InterruptedException {
        Keyboard keyboard = new Keyboard();
        ExternalTerminal terminal = new ExternalTerminal("test", "dumb", keyboard, screen, StandardCharsets.UTF_8);
        try (TypedInput input = new TypedInput(terminal, Set::of, Optional.empty())) {
            Thread person = Thread.ofVirtual().start(() -> {
                press(keyboard, "Hello", "");
                press(keyboard, "!\r", "");
            });
            assertThat(input.next("> ")).contains("Hello!");
            person.join();

            Thread leaver = Thread.ofVirtual().start(() -> press(keyboard, CONTROL_D, ""));
            assertThat(input.next("> ")).isEmpty();
            leaver.join();
        }
        assertThat(screen.toString(StandardCharsets.UTF_8)).doesNotContain("\u001b");
    }
}
