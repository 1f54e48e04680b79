package io.vlm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server as a process of its own.
@Tag("native")
@Tag("model")
class ServeCommandTest {
    private static final Pattern ADDRESS = Pattern.compile("vlm4j: serving .* at (http://\\S+)");

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    private record Serving(Process process, URI address) {
        CompletableFuture<HttpResponse<Stream<String>>> ask(String more) {
            HttpRequest request = HttpRequest.newBuilder(address.resolve("v1/chat/completions"))
                    .header("Authorization", "Bearer from-the-file")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell me a story\"}]" + more + "}"))
                    .build();
            return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofLines());
        }
    }

    private Serving serve(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        String natives = System.getProperty("vlm4j.native.path");
        if (natives != null) {
            command.add("-Dvlm4j.native.path=" + natives);
        }
        command.add("-Dvlm4j.home=" + Path.of("").toAbsolutePath());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.vlm4j.cli.Main", "serve"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        BufferedReader errors =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        StringBuilder said = new StringBuilder();
        for (String line = errors.readLine(); line != null; line = errors.readLine()) {
            said.append(line).append('\n');
            Matcher address = ADDRESS.matcher(line);
            if (address.matches()) {
                Thread.ofPlatform().daemon().start(() -> readOn(errors)); // or it would block
                return new Serving(process, URI.create(address.group(1)));
            }
        }
        throw new AssertionError("it does not serve: " + said);
    }

    private static void readOn(BufferedReader errors) {
        try {
            while (errors.readLine() != null) {}
        } catch (IOException e) {
            // it has ended
        }
    }

    @Test
    void optionsComeFromTheCommandLineTheEnvironmentAndAFileInThisOrder() throws Exception {
        Path config = Files.writeString(
                folder.resolve("serve.properties"),
                "alias = of-the-file\nport = 1\napi-key = from-the-file\nthreads = 1\nno-webui = true\n");
        Serving serving = serve(
                Map.of("VLM4J_PORT", "2", "VLM4J_ALIAS", "of-the-environment"),
                "--config",
                config.toString(),
                "--port",
                "0",
                "-fa",
                "-c",
                "2048",
                "-np",
                "2",
                "--jinja");

        HttpRequest models = HttpRequest.newBuilder(serving.address().resolve("v1/models"))
                .header("Authorization", "Bearer from-the-file")
                .build();
        HttpResponse<String> response = HttpClient.newHttpClient().send(models, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("of-the-environment");
        HttpRequest page = HttpRequest.newBuilder(serving.address()).build();
        assertThat(HttpClient.newHttpClient()
                        .send(page, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void anEndingServerLetsAnswersEndOrCutsThemWithALastEvent() throws Exception {
        Serving serving = serve(
                Map.of(),
                "--port",
                "0",
                "-t",
                "1",
                "--api-key",
                "from-the-file",
                "--drain-timeout",
                "1",
                "-c",
                "16384",
                "-np",
                "2");
        HttpResponse<Stream<String>> endless = serving.ask(",\"stream\":true,\"ignore_eos\":true,\"max_tokens\":8000")
                .get();
        HttpResponse<Stream<String>> brief =
                serving.ask(",\"stream\":true,\"max_tokens\":3").get();

        serving.process().destroy(); // SIGTERM
        List<String> cut = endless.body().filter(line -> !line.isEmpty()).toList();
        List<String> whole = brief.body().filter(line -> !line.isEmpty()).toList();

        assertThat(serving.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(serving.process().exitValue()).isEqualTo(143);
        for (List<String> lines : List.of(cut, whole)) {
            assertThat(lines.getLast()).isEqualTo("data: [DONE]");
            assertThat(lines.get(lines.size() - 2)).containsPattern("\"finish_reason\":\"(length|stop)\"");
        }
    }

    @Test
    void whatAFileSaysWronglyIsToldWithoutTheCommandLine() throws IOException {
        Path config = Files.writeString(folder.resolve("wrong.properties"), "api_key = secret-of-the-file\n");
        CommandRun run = CommandRun.of("serve", "--api-key", "secret-of-the-line", "--config", config.toString());

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err())
                .startsWith("vlm4j: " + config + " says something of 'api_key', which is no option of serve")
                .doesNotContain("secret");
    }

    @Test
    void wrongSettingsAreToldInOneLine() {
        CommandRun run = CommandRun.of("serve", "--port", "99999");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("port must be 0 to 65535, not 99999");

        assertThat(CommandRun.of("serve", "--flash-attn", "maybe").code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("serve", "--api-key-file", "/nowhere").code()).isEqualTo(ExitCode.USAGE);
        assertThat(CommandRun.of("serve", "--config", "/nowhere").code()).isEqualTo(ExitCode.USAGE);
    }
}
