package io.vlm4j.server;

import io.vlm4j.gguf.GgmlType;
import io.vlm4j.testkit.RandomLlama;
import io.vlm4j.testkit.ServeProcess;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `./vlm4j serve` with a small random model that sees, never ends by itself, and computes in F32: so answers can be as
/// long as a test wants them, and are the same alone and among others.
final class Talker implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int SLOTS = 8;

    final ServeProcess process;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Talker(ServeProcess process) {
        this.process = process;
    }

    /// @param folder for the model
    /// @param more   arguments
    static Talker start(Path folder, String... more) {
        List<String> arguments = new ArrayList<>(List.of("-m", write(folder).toString()));
        arguments.addAll(List.of("--mmproj", TestModels.bundledProjector().toString()));
        arguments.addAll(
                List.of("-ctk", "f32", "-fa", "off", "-np", Integer.toString(SLOTS), "-c", "32768", "-t", "1"));
        arguments.addAll(List.of("--chat-template", "chatml"));
        arguments.addAll(List.of(more));
        return new Talker(ServeProcess.start(arguments.toArray(String[]::new)));
    }

    /// @return the model's file
    static Path write(Path folder) {
        Path file = folder.resolve("talker.gguf");
        new RandomLlama(2, TestModels.bundledEmbedding(), 4, 2, 128, 0, 4096, GgmlType.F32, 5)
                .write(TestModels.bundled(), file);
        return file;
    }

    static int slots() {
        return SLOTS;
    }

    URI address() {
        return process.address();
    }

    HttpRequest chat(String body) {
        return HttpRequest.newBuilder(address().resolve("v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /// The text of an answer that is not streamed.
    String ask(String body) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(chat(body), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return JSON.readTree(response.body()).at("/choices/0/message/content").asString();
    }

    /// The text of an answer that is; its last event must be there.
    String askStreaming(String body) throws IOException, InterruptedException {
        return textOf(client.send(chat(body), HttpResponse.BodyHandlers.ofLines())
                .body()
                .toList());
    }

    /// @param lines of a stream of events
    static String textOf(List<String> lines) {
        List<String> events = lines.stream().filter(line -> !line.isEmpty()).toList();
        if (events.isEmpty() || !events.getLast().equals("data: [DONE]")) {
            throw new AssertionError("a stream without an end: " + events);
        }
        StringBuilder text = new StringBuilder();
        String reason = "";
        for (String event : events.subList(0, events.size() - 1)) {
            JsonNode choice = JSON.readTree(event.substring("data: ".length())).at("/choices/0");
            text.append(choice.at("/delta/content").asString(""));
            reason = choice.path("finish_reason").asString(reason);
        }
        if (reason.isEmpty()) {
            throw new AssertionError("an answer without a reason for its end: " + events);
        }
        return text.toString();
    }

    /// A figure of `/metrics`.
    int figure(String name) throws IOException, InterruptedException {
        String all = client.send(
                        HttpRequest.newBuilder(address().resolve("metrics")).build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        Matcher found = Pattern.compile("(?m)^" + name + " ([0-9.E]+)$").matcher(all);
        if (!found.find()) {
            throw new AssertionError(name + " is not among " + all);
        }
        return (int) Double.parseDouble(found.group(1));
    }

    /// Waits until so many generations have ended since the server began.
    void awaitGenerations(int ended) throws IOException, InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (figure("vlm4j_generations_total") < ended) {
            if (System.nanoTime() > end) {
                throw new AssertionError(figure("vlm4j_generations_total") + " of " + ended + " generations ended");
            }
            Thread.sleep(5);
        }
    }

    /// Waits until nothing is being answered but this question.
    void awaitRest() throws IOException, InterruptedException {
        awaitRestBut(0);
    }

    /// The same, while so many clients have not read their answers.
    void awaitRestBut(int unread) throws IOException, InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (figure("vlm4j_slots_running") + figure("vlm4j_queue") > 0
                || figure("vlm4j_requests_active") > 1 + unread) {
            if (System.nanoTime() > end) {
                throw new AssertionError(figure("vlm4j_slots_running") + " run, " + figure("vlm4j_queue") + " wait, "
                        + figure("vlm4j_requests_active") + " are active");
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        client.close();
        process.close();
    }
}
