package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.scheduling.SchedulerStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that vanish, in whatever a request is at: its slot is free long before the work would have ended.
///
/// `-Dvlm4j.vanish=50` for as many of each; how long the slots were held is then printed.
@Tag("native")
@Tag("model")
class VanishingTest {
    private static final int TIMES = Integer.getInteger("vlm4j.vanish", 3);
    private static final String LONG = "one two three four five six seven eight nine ten ".repeat(160);

    @TempDir
    private static Path folder;

    private static RunningServer running;
    private final Random random = new Random(1);

    @BeforeAll
    static void start() {
        running = RunningServer.startTalker(folder);
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void whileTheAnswerIsStreamed() throws Exception {
        vanish(
                "streaming",
                status -> status.running() > 0,
                () -> Questions.body("\"Hello\"", 3000, true),
                "\"content\":");
    }

    @Test
    void whileTheAnswerIsMade() throws Exception {
        vanish("answering", status -> status.running() > 0, () -> Questions.body("\"Hello\"", 3000, false), "");
    }

    @Test
    void whileThePromptIsEvaluated() throws Exception {
        vanish(
                "prompt",
                status -> status.running() > 0,
                () -> Questions.body("\"" + random.nextInt() + " " + LONG + "\"", 1000, true),
                "");
    }

    @Test
    void whileThePictureIsEncoded() throws Exception {
        vanish(
                "picture",
                status -> status.running() + status.waiting() > 0,
                () -> Questions.body(Questions.aboutNoise(random), 3000, true),
                "");
    }

    @Test
    void whenMoreHadBeenSentAlready() throws Exception {
        vanish(
                "ahead",
                status -> status.running() > 0,
                () -> Questions.body("\"Hello\"", 3000, false),
                "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private interface Body {
        String next();
    }

    /// @param begun whether the request has come to where it is given up
    /// @param word  of the answer that is waited for before; or more of a request, which is sent
    private void vanish(String what, Predicate<SchedulerStatus> begun, Body body, String word) throws Exception {
        List<Long> held = new ArrayList<>();
        for (int time = 0; time < TIMES; time++) {
            RawClient client = new RawClient(running.server.address());
            client.send(RawClient.post("/v1/chat/completions", body.next()));
            if (word.startsWith("GET ")) {
                client.socket.getOutputStream().write(word.getBytes());
            } else if (!word.isEmpty()) {
                client.until(word);
            }
            await(() -> begun.test(running.scheduler.status()));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
            client.close();
            long gone = System.nanoTime();
            await(() -> running.scheduler.status().running()
                            + running.scheduler.status().waiting()
                    == 0);
            held.add((System.nanoTime() - gone) / 1000);
            await(() -> running.server.requests() == 0);
        }
        assertThat(running.scheduler.status().failed()).isZero();
        held.sort(null);
        if (Integer.getInteger("vlm4j.vanish") != null) {
            System.err.printf(
                    "%s: held %.1f ms in the median, %.1f ms at most%n",
                    what, held.get(held.size() / 2) / 1000.0, held.getLast() / 1000.0);
        }
    }

    /// Waits; a test that fails here would wait for half a minute.
    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(end);
            LockSupport.parkNanos(200_000);
        }
    }
}
