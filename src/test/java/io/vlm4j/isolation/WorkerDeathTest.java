package io.vlm4j.isolation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.chat.ChatOptions;
import io.vlm4j.chat.Conversation;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.media.ImageInput;
import io.vlm4j.model.ModelOptions;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Either of the two processes dies, or is made to wait.
@Tag("native")
@Tag("model")
class WorkerDeathTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static final GenerationOptions LONG =
            Vlm.options().maxTokens(4000).ignoreEnd(true).build();

    /// Starting a process and loading a model takes seconds; whatever becomes of the process, this has another.
    private static IsolatedVlm shared;

    @BeforeAll
    static void openShared() {
        shared = open();
    }

    @AfterAll
    static void closeShared() {
        shared.close();
    }

    private static IsolatedVlm open() {
        return IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector());
    }

    private static ProcessHandle worker(IsolatedVlm vlm) {
        return ProcessHandle.of(vlm.processId().orElseThrow()).orElseThrow();
    }

    private static void signal(String name, ProcessHandle process) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"SEGV", "KILL"})
    void aSignalDuringAnAnswerIsAnExceptionAndTheNextCallIsAnswered(String name) {
        Conversation chat = shared.chat(ChatOptions.defaults());
        chat.say(WHAT, APPLE);
        long started = shared.processesStarted();
        ProcessHandle victim = worker(shared);
        Vlm4jException.WorkerDied death;
        try (GenerationStream stream = shared.stream(List.of(ChatMessage.user(WHAT, APPLE)), LONG)) {
            stream.next();
            signal(name, victim);
            death = catchThrowableOfType(Vlm4jException.WorkerDied.class, () -> stream.forEachRemaining(event -> {}));
        }

        assertThat(death.signal()).isEqualTo("SIG" + name);
        assertThat(death).hasMessageContaining("SIG" + name).hasMessageContaining(Long.toString(victim.pid()));
        assertThat(death.exitStatus()).isNotZero();
        if (name.equals("SEGV")) {
            assertThat(death.crashReport().toString()).contains("SIG" + name, "Native frames");
        }
        assertThat(victim.isAlive()).isFalse();
        assertThat(shared.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        assertThat(chat.say("What color is the background?").text()).isEqualTo("white");
        assertThat(chat.transcript()).hasSize(4);
        assertThat(shared.processesStarted()).isEqualTo(started + 1);
    }

    /// A Ctrl-C reaches all processes of a terminal.
    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    @SuppressWarnings("try") // closed twice
    void whatEndsAnApplicationIsForTheApplication(String name) {
        try (IsolatedVlm vlm = open()) {
            ProcessHandle worker = worker(vlm);
            try (GenerationStream stream = vlm.stream(List.of(ChatMessage.user(WHAT, APPLE)), LONG)) {
                stream.next();
                signal(name, worker);
                for (int i = 0; i < 200; i++) { // more than are on their way
                    stream.next();
                }
            }
            assertThat(vlm.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
            assertThat(vlm.processesStarted()).isEqualTo(1);
            vlm.close();
            assertThat(worker.isAlive()).isFalse();
        }
    }

    @Test
    void aTurnThatDiesLeavesTheConversationAsItWas() {
        Conversation chat = shared.chat(ChatOptions.builder().generation(LONG).build());
        assertThatThrownBy(() -> chat.say(
                        ChatMessage.user(WHAT, APPLE), event -> worker(shared).destroyForcibly(), new Cancellation()))
                .isInstanceOf(Vlm4jException.WorkerDied.class);
        assertThat(chat.transcript()).isEmpty();
        assertThat(chat.with(ChatOptions.defaults()).say(WHAT, APPLE).text()).isEqualTo("a red apple");
    }

    @Test
    void aWorkerThatDiedBetweenCallsIsReplacedUnnoticed() {
        assertThat(shared.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        ProcessHandle victim = worker(shared);
        victim.destroyForcibly();
        victim.onExit().join();

        assertThat(shared.processId()).isEmpty();
        assertThat(shared.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
    }

    @Test
    void aWorkerThatDiesWhileItLoadsIsAnException() {
        shared.ask("Hi"); // so that its process is there and known
        ProcessHandle other = worker(shared);
        VlmOptions fatal = VlmOptions.defaults()
                .withModel(ModelOptions.builder()
                        .listener(fraction -> {
                            childrenBut(other).forEach(ProcessHandle::destroyForcibly);
                            return true;
                        })
                        .build());
        assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), fatal, IsolationOptions.defaults()))
                .isInstanceOf(Vlm4jException.WorkerDied.class)
                .hasMessageContaining("loading")
                .hasMessageContaining("SIGKILL");
        assertThat(childrenBut(other)).isEmpty();
    }

    private static Stream<ProcessHandle> childrenBut(ProcessHandle other) {
        return ProcessHandle.current().children().filter(child -> !child.equals(other));
    }

    @Test
    @SuppressWarnings("try") // closed twice
    void closingEndsTheWorkerAndWhatItIsAt() throws Exception {
        try (ExecutorService threads = Executors.newSingleThreadExecutor();
                IsolatedVlm vlm = open()) {
            ProcessHandle worker = worker(vlm);
            CompletableFuture<Boolean> begun = new CompletableFuture<>();
            Future<?> call = threads.submit(() -> vlm.ask(
                    List.of(ChatMessage.user(WHAT, APPLE)), LONG, event -> begun.complete(true), new Cancellation()));
            begun.get();
            vlm.close();

            assertThat(worker.isAlive()).isFalse();
            assertThatThrownBy(call::get)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            vlm.close();
            assertThatThrownBy(() -> vlm.ask("Hi"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThat(vlm.processId()).isEmpty();
        }
    }

    @Test
    void aWorkerThatDoesNotHeedIsKilled() {
        IsolationOptions impatient = IsolationOptions.defaults().withPatience(Duration.ofMillis(300));
        ProcessHandle stopped;
        try (IsolatedVlm vlm = IsolatedVlm.open(
                TestModels.bundled(), TestModels.bundledProjector(), VlmOptions.defaults(), impatient)) {
            GenerationStream stream = vlm.stream(List.of(ChatMessage.user(WHAT, APPLE)), LONG);
            stream.next();
            signal("STOP", worker(vlm));
            stream.close();
            assertThat(vlm.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
            stopped = worker(vlm);
            signal("STOP", stopped);
        }
        assertThat(stopped.isAlive()).isFalse();
    }

    @Test
    void picturesThatTheWorkersHeapCannotHoldAreAnException() {
        IsolationOptions small = IsolationOptions.defaults().withHeapMegabytes(24);
        try (IsolatedVlm vlm =
                IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector(), VlmOptions.defaults(), small)) {
            byte[] large = new byte[40 << 20];
            System.arraycopy(new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}, 0, large, 0, 8);

            assertThatThrownBy(() -> vlm.ask(ImageInput.of(large), WHAT))
                    .isInstanceOf(Vlm4jException.Inference.class)
                    .hasMessageContaining("heapMegabytes");
            assertThat(vlm.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
            assertThat(vlm.processesStarted()).isEqualTo(1);
        }
    }

    @Test
    void aCommandThatIsNoneOrNotOursIsAnException() {
        IsolationOptions none = IsolationOptions.defaults().withJava(Path.of("/none/java"));
        IsolationOptions wrong = IsolationOptions.defaults().withJvmArguments("-XX:NoSuchOption");
        IsolationOptions empty = IsolationOptions.defaults().withJvmArguments("-cp", "/none");

        assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), VlmOptions.defaults(), none))
                .isInstanceOf(Vlm4jException.NativeLoad.class)
                .hasMessageContaining("/none/java");
        assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), VlmOptions.defaults(), wrong))
                .isInstanceOf(Vlm4jException.WorkerDied.class)
                .hasMessageContaining("exit status 1");
        assertThatThrownBy(() -> IsolatedVlm.openText(TestModels.bundled(), VlmOptions.defaults(), empty))
                .isInstanceOf(Vlm4jException.WorkerDied.class)
                .hasMessageContaining("Worker");
    }

    /// The application: opens a model, says which process has it, and asks without end.
    static final class Application {
        private Application() {}

        static void main(String... arguments) {
            try (IsolatedVlm vlm = IsolatedVlm.open(Path.of(arguments[0]), Path.of(arguments[1]))) {
                System.out.println(vlm.processId().orElseThrow());
                while (true) {
                    vlm.ask(ImageInput.of(Path.of(arguments[2])), WHAT, LONG);
                }
            }
        }
    }

    @Test
    void aWorkerEndsWithAnApplicationThatIsKilledAndLeavesNothing(@TempDir Path folder) throws Exception {
        Process application = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dvlm4j.native.path=" + natives(),
                        "-Djava.io.tmpdir=" + folder,
                        "-cp",
                        absolute(System.getProperty("java.class.path")),
                        Application.class.getName(),
                        TestModels.bundled().toAbsolutePath().toString(),
                        TestModels.bundledProjector().toAbsolutePath().toString(),
                        TestModels.sample("06-red_apple.png").toAbsolutePath().toString())
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        ProcessHandle worker;
        try (BufferedReader out = application.inputReader()) {
            worker = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
            TimeUnit.MILLISECONDS.sleep(50); // somewhere in an answer
            signal("KILL", application.toHandle());
            application.waitFor();
        }

        worker.onExit().get(20, TimeUnit.SECONDS);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        assertThat(Path.of(System.getProperty("java.io.tmpdir"))
                        .resolve("hsperfdata_" + System.getProperty("user.name"))
                        .resolve(Long.toString(worker.pid())))
                .doesNotExist();
    }

    private static String natives() {
        return Path.of(System.getProperty("vlm4j.native.path", "native/build/native/lib"))
                .toAbsolutePath()
                .toString();
    }

    private static String absolute(String classPath) {
        return Stream.of(classPath.split(":"))
                .map(part -> Path.of(part).toAbsolutePath().toString())
                .reduce((a, b) -> a + ":" + b)
                .orElseThrow();
    }
}
