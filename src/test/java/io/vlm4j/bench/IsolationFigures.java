package io.vlm4j.bench;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.GenerationStream;
import io.vlm4j.inference.Reuse;
import io.vlm4j.isolation.IsolatedVlm;
import io.vlm4j.isolation.IsolationOptions;
import io.vlm4j.media.ImageInput;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.testkit.TestModels;
import io.vlm4j.vlm.VisionLanguageModel;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What isolation costs: the bundled model in this process and in another, in turns. The figures of docs/isolation.md.
/// After `mvn package -DskipTests`, on a machine that does nothing else (two minutes):
///
/// ```
/// java --enable-native-access=ALL-UNNAMED -cp "target/test-classes:target/classes:target/lib/*" \
///     io.vlm4j.bench.IsolationFigures
/// ```
final class IsolationFigures {
    private static final int ROUNDS = 15;
    private static final ImageInput APPLE = ImageInput.of(TestModels.sample("06-red_apple.png"));
    private static final String WHAT = "What is shown in this image?";
    private static final GenerationOptions LONG =
            Vlm.options().maxTokens(300).ignoreEnd(true).reuse(Reuse.NONE).build();

    /// This process is the other one: without isolation, from its start to its first answer.
    private static final String ALONE = "alone";

    private IsolationFigures() {}

    private static void answerOnce() {
        try (Vlm vlm = Vlm.open(
                TestModels.bundled(),
                TestModels.bundledProjector(),
                VlmOptions.defaults().withThreads(1))) {
            System.out.println(vlm.ask(APPLE, WHAT).text());
        }
    }

    /// Milliseconds from the start of a process until it has answered, with the JVM's flags of a worker.
    private static double alone() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED"));
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("vlm4j."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), IsolationFigures.class.getName(), ALONE));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader said = process.inputReader()) {
            if (said.readLine() == null) {
                throw new IOException("no answer");
            }
            return (System.nanoTime() - start) / 1e6;
        }
    }

    /// @param arguments further arguments of the worker's JVM; or [#ALONE]
    public static void main(String... arguments) throws IOException {
        if (List.of(arguments).equals(List.of(ALONE))) {
            answerOnce();
            return;
        }
        String[] jvmArguments = arguments;
        VlmOptions options = VlmOptions.defaults().withThreads(1);
        IsolationOptions isolation = IsolationOptions.defaults().withJvmArguments(jvmArguments);
        double[] opening = new double[5];
        double[] first = new double[5];
        double[] closing = new double[5];
        double[] alone = new double[5];
        for (int i = 0; i < opening.length; i++) {
            long start = System.nanoTime();
            IsolatedVlm vlm = IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector(), options, isolation);
            long opened = System.nanoTime();
            vlm.ask(APPLE, WHAT);
            long answered = System.nanoTime();
            vlm.close();
            opening[i] = (opened - start) / 1e6;
            first[i] = (answered - start) / 1e6;
            closing[i] = (System.nanoTime() - answered) / 1e6;
            alone[i] = alone();
        }
        System.out.printf(
                "isolated: open %.0f ms, to the end of the first answer %.0f ms, close %.0f ms (medians of %d)%n",
                median(opening), median(first), median(closing), opening.length);
        System.out.printf("a process without isolation, from its start to its first answer: %.0f ms%n", median(alone));
        long start = System.nanoTime();
        try (Vlm here = Vlm.open(TestModels.bundled(), TestModels.bundledProjector(), options)) {
            here.ask(APPLE, WHAT);
            System.out.printf("here, natives loaded for it: first answer %.0f ms%n", (System.nanoTime() - start) / 1e6);
            try (IsolatedVlm there =
                    IsolatedVlm.open(TestModels.bundled(), TestModels.bundledProjector(), options, isolation)) {
                compare("blocking", here, there, false);
                compare("streamed", here, there, true);
                memory(there.processId().orElseThrow());
            }
        }
    }

    private static void compare(String what, Vlm here, IsolatedVlm there, boolean streamed) {
        double[] inside = new double[ROUNDS];
        double[] outside = new double[ROUNDS];
        double[] ratio = new double[ROUNDS];
        double[] beside = new double[ROUNDS];
        for (int i = -3; i < ROUNDS; i++) {
            double[] a = round(here, streamed);
            double[] b = round(there, streamed);
            if (i >= 0) {
                inside[i] = a[0];
                outside[i] = b[0];
                ratio[i] = b[0] / a[0];
                beside[i] = b[1] - a[1];
            }
        }
        System.out.printf(
                "%s: %.0f tokens/s here, %.0f isolated, ratio %.3f, %+.1f us a token; a whole call beyond its own"
                        + " timings %+.2f ms%n",
                what,
                median(inside),
                median(outside),
                median(ratio),
                1e6 / median(outside) - 1e6 / median(inside),
                median(beside));
    }

    /// Tokens a second of the whole decoding as the caller sees it, and what a call takes beyond what it says.
    private static double[] round(VisionLanguageModel model, boolean streamed) {
        List<ChatMessage> question = List.of(ChatMessage.user(WHAT, APPLE));
        long start = System.nanoTime();
        Generation generation;
        long firstText = 0;
        if (streamed) {
            GenerationEvent event;
            try (GenerationStream stream = model.stream(question, LONG)) {
                event = stream.next();
                while (stream.hasNext()) {
                    event = stream.next();
                    if (firstText == 0 && event instanceof GenerationEvent.Text) {
                        firstText = System.nanoTime();
                    }
                }
            }
            generation = ((GenerationEvent.Finished) event).generation();
        } else {
            generation = model.ask(question, LONG);
        }
        long end = System.nanoTime();
        double whole = (end - start) / 1e6;
        double decode = streamed
                ? (end - firstText) / 1e9
                : generation.timings().decode().toNanos() / 1e9;
        return new double[] {
            generation.tokens().size() / decode,
            whole - generation.timings().total().toNanos() / 1e6
        };
    }

    private static void memory(long worker) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + worker + "/smaps_rollup"))) {
            if (line.startsWith("Rss") || line.startsWith("Pss") || line.startsWith("Private")) {
                System.out.println("worker " + line);
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
