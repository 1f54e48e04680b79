package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A thousand connections that say nothing, twenty clients that read a byte at a time, and two hundred whose answers
/// must be whole and right all the same.
@Tag("native")
@Tag("model")
class CrowdTest {
    private static final int IDLE = 1000;
    private static final int ACTIVE = 200;
    private static final int SLOW = 20;
    private static final int TOKENS = 24;

    private final List<RawClient> idle = new ArrayList<>();
    private final List<RawClient> slow = new ArrayList<>();

    @Test
    void streamsAmongIdleAndSlowOnesAreWholeAndRight(@TempDir Path folder) throws Exception {
        List<String> contents = Questions.some();
        List<String> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
                Talker talker = Talker.start(folder)) { // closed first, which ends what the clients do
            for (String content : contents) {
                answers.add(talker.ask(Questions.body(content, TOKENS, false)));
            }
            long alone = time(talker, clients, contents, answers);
            for (int i = 0; i < IDLE; i++) {
                idle.add(new RawClient(talker.address()));
            }
            int before = talker.figure("vlm4j_generations_total");
            for (int i = 0; i < SLOW; i++) {
                slow.add(slow(talker));
            }
            Future<Integer> dripping = clients.submit(this::drip);
            talker.awaitGenerations(before + SLOW); // the slow ones' answers are there, though nobody has read them
            talker.awaitRestBut(SLOW);
            int unread = talker.figure("vlm4j_requests_active") - 1;
            assertThat(unread).isPositive();
            long crowded = time(talker, clients, contents, answers);

            report(alone, crowded, unread);
            assertThat(talker.figure("vlm4j_connections")).isGreaterThanOrEqualTo(IDLE + SLOW);
            assertThat(idle.getFirst()
                            .send("GET /health HTTP/1.1\nHost: localhost\nConnection: close\n\n")
                            .rest())
                    .contains("\"ok\"");
            slow.forEach(CrowdTest::close);
            assertThat(dripping.get()).isPositive();
            talker.awaitRest();
            assertThat(talker.process.said()).doesNotContain("ERROR", "Exception");
        } finally {
            idle.forEach(CrowdTest::close);
            slow.forEach(CrowdTest::close);
        }
    }

    private static RawClient slow(Talker talker) throws IOException {
        RawClient client = RawClient.narrow(talker.address());
        String body = Questions.body("\"Hello\"", 1000, true); // more than buffers hold, with all that is asked for
        client.send(
                RawClient.post("/v1/chat/completions", "{\"logprobs\":true,\"top_logprobs\":20," + body.substring(1)));
        return client;
    }

    /// Reads a byte of each slow client in each second.
    private int drip() throws InterruptedException {
        int bytes = 0;
        while (true) {
            for (RawClient client : slow) {
                try {
                    InputStream in = client.socket.getInputStream();
                    if (in.read() < 0) {
                        return bytes;
                    }
                    bytes++;
                } catch (IOException e) {
                    return bytes; // closed
                }
            }
            Thread.sleep(1000);
        }
    }

    /// Streams all at a time.
    ///
    /// @return how long it took, in milliseconds
    private static long time(Talker talker, ExecutorService clients, List<String> contents, List<String> answers)
            throws Exception {
        long began = System.nanoTime();
        List<Future<String>> all = new ArrayList<>();
        for (int i = 0; i < ACTIVE; i++) {
            String body = Questions.body(contents.get(i % contents.size()), TOKENS, true);
            all.add(clients.submit(() -> {
                try (RawClient client = new RawClient(talker.address())) {
                    client.socket.setSoTimeout(120_000);
                    String response = client.send(RawClient.post("/v1/chat/completions", body, "Connection: close"))
                            .rest();
                    return Talker.textOf(events(response));
                }
            }));
        }
        for (int i = 0; i < ACTIVE; i++) {
            assertThat(all.get(i).get()).isEqualTo(answers.get(i % answers.size()));
        }
        return (System.nanoTime() - began) / 1_000_000;
    }

    /// The lines of a body in chunks.
    private static List<String> events(String response) {
        byte[] bytes = response.substring(response.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; ) {
            int end = at;
            while (bytes[end] != '\r') {
                end++;
            }
            int size = Integer.parseInt(new String(bytes, at, end - at, StandardCharsets.US_ASCII), 16);
            whole.write(bytes, end + 2, size);
            at = end + 2 + size + 2;
        }
        return whole.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static void report(long alone, long crowded, int unread) {
        if (System.getProperty("vlm4j.report") != null) {
            System.err.println(ACTIVE + " streams took " + alone + " ms alone and " + crowded + " ms beside " + IDLE
                    + " idle connections and " + SLOW + " slow readers, of which " + unread + " held the server up");
        }
    }

    private static void close(RawClient client) {
        try {
            client.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
