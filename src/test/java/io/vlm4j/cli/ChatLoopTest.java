package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a person sees and may do at a terminal, keys and screen apart.
@Tag("native")
@Tag("model")
class ChatLoopTest {
    private static final String APPLE =
            TestModels.sample("06-red_apple.png").toAbsolutePath().toString();

    /// An answer that goes on until somebody stops it.
    private static final String[] ENDLESS = {"--logit-bias", "2=-inf", "--max-tokens", "900"};

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final Interruption interruption = new Interruption();
    private final List<String> prompts = new ArrayList<>();
    private Runnable whileAnswering = () -> {};

    private final class Person implements ChatInput {
        private final Deque<String> lines;

        private Person(List<String> lines) {
            this.lines = new ArrayDeque<>(lines);
        }

        @Override
        public Optional<String> next(String prompt) {
            prompts.add(prompt);
            return Optional.ofNullable(lines.poll());
        }

        @Override
        public void whileAnswering(Runnable answer) {
            whileAnswering.run();
            answer.run();
        }

        @Override
        public int width() {
            return 200;
        }

        @Override
        public boolean isTyped() {
            return true;
        }

        @Override
        public void close() {}
    }

    private String talk(List<String> lines, boolean styled, String... options) {
        Terminal terminal = new Terminal(
                InputStream.nullInputStream(),
                Output.ofResults(screen, true),
                Output.ofMessages(screen, true),
                false,
                true,
                styled);
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            ChatSession session = new ChatSession(vlm, ChatSettingsTest.settings(options));
            RootCommand root = new RootCommand(terminal, interruption);
            int code = new ChatLoop(root, session, new Person(lines)).run();
            assertThat(code).isZero();
        }
        return screen.toString(StandardCharsets.UTF_8);
    }

    @Test
    void promptsTellOfPicturesAndForks() {
        talk(
                List.of(
                        "/image " + APPLE,
                        "What is shown in this image?",
                        "/fork dog",
                        "/image " + APPLE + " " + APPLE),
                false);

        assertThat(prompts).containsExactly("> ", "(1 picture) > ", "> ", "dog > ", "dog (2 pictures) > ");
    }

    @Test
    void droppedPicturesAreAttachedAndAsked() {
        String shown = talk(List.of("'" + APPLE + "' What is shown in this image?"), false);

        assertThat(shown)
                .contains("attached 06-red_apple.png (", "\na red apple\n4 tokens, ", "context 82/", "picture ");
    }

    @Test
    void figuresAreDimWhereTheTerminalIsAble() {
        assertThat(talk(List.of("Hello"), true)).contains("\u001b[2m", "\u001b[0m");
        screen.reset();
        assertThat(talk(List.of("Hello"), false)).doesNotContain("\u001b");
    }

    @Test
    void controlCStopsTheAnswerAndNotTheProgram() {
        List<Thread> people = new ArrayList<>();
        whileAnswering = () -> people.add(Thread.ofVirtual().start(() -> {
            int before = screen.size();
            while (screen.size() < before + 50) {
                Thread.onSpinWait();
            }
            interruption.stopWork();
        }));

        String shown = talk(List.of("Hello", "/history", "Again"), false, ENDLESS);

        assertThat(people).hasSize(2);
        assertThat(shown.split("\nstopped, ", -1)).as("both were stopped").hasSize(3);
        assertThat(shown).contains("user: Hello\nassistant: ");
        assertThat(interruption.isRequested()).isFalse();
    }

    @Test
    void anAnswerThatWasStoppedBeforeItBeganIsNoTurn() {
        try (Vlm vlm = Vlm.open(TestModels.bundled(), TestModels.bundledProjector())) {
            ChatSession session = new ChatSession(vlm, ChatSettingsTest.settings());
            session.attach(TestModels.sample("06-red_apple.png"));
            var cancellation = interruption.newCancellation();
            cancellation.cancel();
            var reply = session.ask(session.question("Hello"), event -> {}, cancellation);

            assertThat(ChatSession.isEmpty(reply)).isTrue();
            assertThat(session.chat().transcript()).isEmpty();
            assertThat(session.attached()).as("the picture is still attached").hasSize(1);
        }
    }

    @Test
    void whatGoesWrongIsSaidAndDoesNotEnd() {
        String shown = talk(List.of("/jump", "/image no.png", "word ".repeat(2000), "Hello"), false);

        assertThat(shown).contains("there is no command /jump", "no.png", "/undo and /clear make room");
        assertThat(prompts).hasSize(5);
    }
}
