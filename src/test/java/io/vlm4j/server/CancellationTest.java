package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.ServeProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many requests, half of which are given up at a random moment: the others are answered as if they were alone, and in
/// the end the server holds nothing that it did not hold before.
///
/// `-Dvlm4j.requests=10000` for as many; the figures are then printed.
@Tag("native")
@Tag("model")
class CancellationTest {
    private static final int REQUESTS = Integer.getInteger("vlm4j.requests", 400);
    private static final int CLIENTS = 16;
    private static final int TOKENS = 24;

    private final List<String> contents = Questions.some();
    private final List<String> answers = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger cut = new AtomicInteger();
    private final AtomicInteger right = new AtomicInteger();

    @Test
    void othersAreRightAndNothingIsLost(@TempDir Path folder) throws Exception {
        try (Talker talker = Talker.start(folder)) {
            for (String content : contents) {
                answers.add(talker.ask(Questions.body(content, TOKENS, false)));
            }
            assertThat(answers).doesNotContain("");
            run(talker, REQUESTS / 4);
            talker.awaitRest();
            ServeProcess.Holdings before = talker.process.holdings();
            int finished = talker.figure("vlm4j_generations_total");
            run(talker, REQUESTS);
            talker.awaitRest();
            ServeProcess.Holdings after = talker.process.holdings();

            report(talker, before, after);
            assertThat(cut.get()).isGreaterThan(REQUESTS / 4);
            assertThat(right.get() + cut.get()).isEqualTo(REQUESTS + REQUESTS / 4);
            assertThat(talker.figure("vlm4j_generations_failed_total")).isZero();
            assertThat(talker.figure("vlm4j_generations_total")).isGreaterThan(finished);
            assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 2);
            assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 4); // carriers come and go
            assertThat(after.heap()).isLessThan(before.heap() + 8192);
            everySlotWorks(talker);
            assertThat(talker.process.said()).doesNotContain("ERROR", "Exception");
        }
    }

    private void run(Talker talker, int requests) throws Exception {
        next.set(0);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                all.add(clients.submit(() -> {
                    for (int request = next.getAndIncrement(); request < requests; request = next.getAndIncrement()) {
                        one(talker, new Random(requests * 31L + request));
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private void one(Talker talker, Random random) throws IOException, InterruptedException {
        boolean stream = random.nextBoolean();
        if (random.nextBoolean()) {
            String content = random.nextInt(4) == 0
                    ? Questions.aboutNoise(random)
                    : contents.get(random.nextInt(contents.size()));
            giveUp(talker, RawClient.post("/v1/chat/completions", Questions.body(content, 2000, stream)), random);
            cut.incrementAndGet();
            return;
        }
        int question = random.nextInt(contents.size());
        String body = Questions.body(contents.get(question), TOKENS, stream);
        assertThat(stream ? talker.askStreaming(body) : talker.ask(body)).isEqualTo(answers.get(question));
        right.incrementAndGet();
    }

    /// While the request is sent, at some time after it, or after some bytes of the answer; with or without a reset.
    private static void giveUp(Talker talker, String request, Random random) throws IOException, InterruptedException {
        byte[] bytes = request.replaceFirst("(?s)^(.*?)\n\n.*", "$1\n\n")
                .replace("\n", "\r\n")
                .concat(request.substring(request.indexOf("\n\n") + 2))
                .getBytes(StandardCharsets.UTF_8);
        try (RawClient client = new RawClient(talker.address())) {
            if (random.nextBoolean()) {
                client.socket.setSoLinger(true, 0);
            }
            switch (random.nextInt(4)) {
                case 0 -> client.socket.getOutputStream().write(bytes, 0, random.nextInt(bytes.length));
                case 1 -> {
                    client.socket.getOutputStream().write(bytes);
                    InputStream in = client.socket.getInputStream();
                    client.socket.setSoTimeout(200); // what is not streamed does not come soon
                    try {
                        in.readNBytes(random.nextInt(20_000));
                    } catch (java.net.SocketTimeoutException e) {
                        // so it is given up now
                    }
                }
                default -> {
                    client.socket.getOutputStream().write(bytes);
                    Thread.sleep(random.nextInt(100));
                }
            }
        }
    }

    /// All at a time, and each as long as it may be.
    private void everySlotWorks(Talker talker) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> all = new ArrayList<>();
            for (int i = 0; i < Talker.slots(); i++) {
                String body = Questions.body(contents.get(i), TOKENS, true);
                all.add(clients.submit(() -> talker.askStreaming(body)));
            }
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).get()).isEqualTo(answers.get(i));
            }
        }
    }

    private void report(Talker talker, ServeProcess.Holdings before, ServeProcess.Holdings after)
            throws IOException, InterruptedException {
        if (Integer.getInteger("vlm4j.requests") != null) {
            System.err.println(right + " right, " + cut + " cut (" + talker.figure("vlm4j_generations_cancelled_total")
                    + " of them while they were answered), " + talker.figure("vlm4j_images_encoded_total")
                    + " pictures encoded\n" + before + "\n" + after);
        }
    }
}
