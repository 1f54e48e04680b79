package io.vlm4j.lifetimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vlm4j.Vlm4jException;
import io.vlm4j.generation.Cancellation;
import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.InferenceContext;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What ends when, with threads in the way and without memory. `-Dvlm4j.cycles=1000 -Dvlm4j.steps=100` is the long
/// form.
@Tag("native")
@Tag("model")
class LifetimesTest {
    private static final String WHAT = "What is shown in this image?";
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static final int CYCLES = Integer.getInteger("vlm4j.cycles", 100);
    private static final int STEPS = Integer.getInteger("vlm4j.steps", 8);
    private static final long NOISE_KIBI = 6 << 10; // a single leaked context of each cycle would be more

    private static Vlm open() {
        VlmOptions options = VlmOptions.defaults()
                .withContext(ContextOptions.builder().contextLength(1024).build())
                .withThreads(1);
        return Vlm.open(TestModels.bundled(), TestModels.bundledProjector(), options);
    }

    private static GenerationOptions tokens(int count) {
        return Vlm.options().maxTokens(count).ignoreEnd(true).build();
    }

    @Test
    void whatIsClosedWhileItIsUsedEndsOrRefusesAndNothingHangs() throws Exception {
        for (int round = 0; round < 5; round++) {
            Vlm vlm = open();
            CountDownLatch begun = new CountDownLatch(1);
            try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
                Future<Generation> answer = threads.submit(() -> vlm.ask(
                        List.of(ChatMessage.user(WHAT, APPLE)),
                        tokens(5000),
                        event -> begun.countDown(),
                        new Cancellation()));
                begun.await();
                boolean closed = false;
                while (!closed) {
                    try {
                        vlm.model().close();
                        closed = true;
                    } catch (IllegalStateException inUse) {
                        assertThat(inUse).hasMessageContaining("in use");
                    }
                }
                try {
                    answer.get(); // had ended before
                } catch (ExecutionException e) {
                    assertThat(e).cause().isInstanceOf(IllegalStateException.class);
                }
            }
            vlm.close();
        }
    }

    @Test
    void whatBelongsToAClosedModelIsClosedWithIt() {
        Vlm vlm = open();
        InferenceContext second = InferenceContext.create(vlm.model(), ContextOptions.defaults());
        GenerationStream stream = vlm.stream(APPLE, WHAT);
        stream.next();
        vlm.model().close();

        assertThatThrownBy(() -> stream.forEachRemaining(event -> {})).isInstanceOf(IllegalStateException.class);
        stream.close();
        assertThatThrownBy(() -> second.decode(1)).isInstanceOf(IllegalStateException.class);
        second.close();
        vlm.projector().orElseThrow().close();
        vlm.close();
    }

    @Test
    void anInterruptedThreadGetsItsAnswerAndStaysInterrupted() throws IOException {
        ImageInput bytes = ImageInput.of(Files.readAllBytes(TestModels.sample("06-red_apple.png")));
        try (Vlm vlm = open()) {
            Thread.currentThread().interrupt();
            Generation answer = vlm.ask(bytes, WHAT);

            assertThat(Thread.interrupted()).isTrue();
            assertThat(answer.text()).isEqualTo("a red apple");
        }
    }

    /// The JDK closes the channel of an interrupted reader.
    @Test
    void anInterruptedThreadCannotReadAPictureFromAFile() {
        try (Vlm vlm = open()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> vlm.ask(APPLE, WHAT)).isInstanceOf(Vlm4jException.InvalidMedia.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(vlm.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        }
    }

    @Test
    void manyThreadsAtOneContextGetAnswersOrRefusalsAndDamageNothing() throws Exception {
        try (Vlm vlm = open();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            int answered = 0;
            for (int round = 0;
                    round < 50 && (round == 0 || answered == 0);
                    round++) { // they may all be in each other's way
                List<Future<String>> calls = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    calls.add(threads.submit(() -> vlm.ask(APPLE, WHAT).text()));
                }
                for (Future<String> call : calls) {
                    try {
                        assertThat(call.get()).isEqualTo("a red apple");
                        answered++;
                    } catch (ExecutionException e) {
                        assertThat(e).cause().isInstanceOf(IllegalStateException.class);
                    }
                }
            }
            assertThat(answered).isPositive();
            assertThat(vlm.ask(APPLE, WHAT).text()).isEqualTo("a red apple");
        }
    }

    @Test
    void openingAndClosingKeepsNoMemory() throws Exception {
        String said = child(
                Cycles.class,
                List.of("-Xms64m", "-Xmx64m"),
                TestModels.tinyLlava(),
                TestModels.tinyLlavaProjector(),
                Integer.toString(CYCLES));
        String figures = said.lines()
                .filter(line -> line.startsWith("KiB: "))
                .findFirst()
                .orElseThrow();
        List<Long> kibi = Stream.of(figures.substring("KiB: ".length()).split(" "))
                .map(Long::valueOf)
                .toList();
        if (CYCLES >= 1000) {
            System.out.println(CYCLES + " cycles, " + figures);
        }

        assertThat(kibi.get(2)).as(figures).isLessThan(kibi.get(1) + kibi.get(1) / 50 + NOISE_KIBI);
    }

    @Test
    void whereJavasHeapIsFullAnOutOfMemoryErrorComesAndLaterCallsAreAnswered() throws Exception {
        String said = child(
                HeapStarved.class,
                List.of("-Xmx20m"),
                TestModels.bundled(),
                TestModels.bundledProjector(),
                Integer.toString(STEPS),
                "1");

        assertThat(said).contains("outcomes of " + STEPS).contains("OutOfMemoryError=");
    }

    @Test
    void whereNativeMemoryIsShortEachStepIsAnExceptionAndLaterCallsAreAnswered() throws Exception {
        String said = child(
                Starved.class,
                List.of("-Xms256m", "-Xmx256m"),
                TestModels.bundled(),
                TestModels.bundledProjector(),
                Integer.toString(2 * STEPS),
                "300000",
                "0");

        assertThat(said).contains("after: true").contains("ModelLoad=", "answered=");
        assertThat(said.substring(said.indexOf("outcomes"))).doesNotContain("another answer");
    }

    private static String child(Class<?> main, List<String> jvm, Path model, Path mmproj, String... arguments)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ErrorFileToStderr",
                "-XX:-CreateCoredumpOnCrash"));
        command.addAll(jvm);
        if (System.getProperty("vlm4j.native.path") != null) {
            command.add("-Dvlm4j.native.path=" + System.getProperty("vlm4j.native.path"));
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                model.toString(),
                mmproj.toString(),
                TestModels.sample("06-red_apple.png").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        builder.environment().put("MALLOC_TOP_PAD_", "33554432"); // for the JVM's own small needs
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void aCancellationDuringThePromptEndsIt() {
        try (Vlm vlm = open()) {
            Cancellation cancellation = new Cancellation();
            cancellation.cancel();
            List<GenerationEvent> told = new ArrayList<>();
            vlm.ask(List.of(ChatMessage.user(WHAT, APPLE)), tokens(100), told::add, cancellation);
            assertThat(told).singleElement().isInstanceOf(GenerationEvent.Finished.class);
        }
    }
}
