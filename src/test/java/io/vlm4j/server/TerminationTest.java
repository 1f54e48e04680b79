package io.vlm4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.vlm4j.testkit.ServeProcess;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SIGTERM while many are answered, wait, or send their pictures: nobody is left without an end, and the next server
/// serves at the same port at once.
@Tag("native")
@Tag("model")
class TerminationTest {
    private static final int CLIENTS = 40;

    @TempDir
    private Path folder;

    @Test
    void everyAnswerHasAnEndAndTheNextServerServesAtOnce() throws Exception {
        int port;
        try (Talker talker = Talker.start(folder, "--drain-timeout", "1")) {
            port = talker.address().getPort();
            Random random = new Random(1);
            List<CompletableFuture<HttpResponse<Stream<String>>>> streams = new ArrayList<>();
            List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String content = i % 4 == 0 ? Questions.aboutNoise(random) : "\"Hello " + i + "\"";
                streams.add(talker.client.sendAsync(
                        talker.chat(Questions.body(content, 3900, true)), HttpResponse.BodyHandlers.ofLines()));
                others.add(talker.client.sendAsync(
                        talker.chat(Questions.body(content, i % 2 == 0 ? 5 : 3900, false)),
                        HttpResponse.BodyHandlers.ofString()));
            }
            while (talker.figure("vlm4j_slots_running") < Talker.slots()
                    || talker.figure("vlm4j_requests_active") < 2 * CLIENTS) {
                Thread.sleep(5);
            }

            talker.process.process().destroy();
            Thread.sleep(300);
            talker.process.process().destroy(); // an impatient one

            Map<String, Integer> ends = new TreeMap<>();
            for (CompletableFuture<HttpResponse<Stream<String>>> stream : streams) {
                HttpResponse<Stream<String>> response = stream.get();
                List<String> lines = response.body().toList();
                ends.merge(end(response.statusCode(), lines), 1, Integer::sum);
            }
            for (CompletableFuture<HttpResponse<String>> other : others) {
                HttpResponse<String> response = other.get();
                ends.merge(
                        "whole " + response.statusCode()
                                + RunningServer.json(response)
                                        .at("/choices/0/finish_reason")
                                        .asString(""),
                        1,
                        Integer::sum);
            }
            assertThat(talker.process.await()).isEqualTo(143);
            if (System.getProperty("vlm4j.report") != null) {
                System.err.println(ends);
            }
            assertThat(ends.keySet())
                    .isSubsetOf("stream length", "stream 503", "whole 200length", "whole 200stop", "whole 503")
                    .contains("stream length", "whole 200length");
            assertThat(talker.process.said()).doesNotContain("ERROR", "Exception");
        }
        try (Talker next = Talker.start(folder, "--port", Integer.toString(port))) {
            assertThat(next.ask(Questions.body("\"Hello\"", 5, false))).isNotEmpty();
        }
    }

    private static String end(int status, List<String> lines) {
        if (status != 200) {
            return "stream " + status;
        }
        Talker.textOf(lines);
        return "stream length";
    }

    @Test
    void aServerThatStartsIsEndedToo() throws Exception {
        try (ServeProcess server = ServeProcess.start("-t", "1")) {
            server.process().destroy();
            assertThat(server.await()).isEqualTo(143);
        }
    }
}
