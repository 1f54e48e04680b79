package io.vlm4j.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vlm4j.Vlm4jException;
import io.vlm4j.Vlm4jException.Hub;
import io.vlm4j.Vlm4jException.Hub.Reason;
import io.vlm4j.testkit.HubServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubClientTest {
    private static final String REPO = "me/my-lora";
    private static final int LARGE = 95_000;

    @TempDir
    Path folder;

    private final HubServer server = HubServer.start();
    private final List<PushEvent> events = new ArrayList<>();

    @BeforeEach
    void fill() throws IOException {
        Files.writeString(folder.resolve("README.md"), "# Mine\n");
        Files.createDirectory(folder.resolve("more"));
        Files.write(folder.resolve("more/empty.txt"), new byte[0]);
        Files.write(folder.resolve("adapter.gguf"), bytes(LARGE, 1));
        Files.write(folder.resolve("loss.png"), bytes(1234, 2));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static byte[] bytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        bytes[0] = 0;
        return bytes;
    }

    private HubOptions options() {
        return HubOptions.of(Map.of("HF_ENDPOINT", server.address() + "/"), folder)
                .withToken(HubToken.of(HubServer.TOKEN))
                .withRetries(3, Duration.ofMillis(1));
    }

    private PushResult push() {
        return push(options());
    }

    private PushResult push(HubOptions options) {
        try (HubClient hub = HubClient.open(options)) {
            return hub.push(folder, REPO, PushOptions.defaults(), event -> {
                synchronized (events) {
                    events.add(event);
                }
            });
        }
    }

    private Hub failure(HubOptions options) {
        return catchThrowableOfType(Hub.class, () -> push(options));
    }

    private void assertAllWasTold() {
        assertThat(events)
                .filteredOn(PushEvent.Sending.class::isInstance)
                .last()
                .isEqualTo(new PushEvent.Sending(LARGE + 1234, LARGE + 1234));
    }

    private void assertAllIsThere(String... files) throws IOException {
        Map<String, byte[]> there = server.repository(REPO).files();
        assertThat(there.keySet()).containsExactlyInAnyOrder(files);
        for (String file : files) {
            assertThat(there.get(file)).as(file).isEqualTo(Files.readAllBytes(folder.resolve(file)));
        }
        assertTheTokenStayedHome();
        assertThat(folder.resolve(".vlm4j-push")).doesNotExist();
    }

    private void assertTheTokenStayedHome() {
        assertThat(server.requests())
                .filteredOn(request -> request.server().equals("storage"))
                .extracting(HubServer.Request::authorization)
                .containsOnly("");
    }

    private static final String[] ALL = {"README.md", "adapter.gguf", "loss.png", "more/empty.txt"};

    @Test
    void aFolderBecomesOneCommit() throws IOException {
        PushResult result = push();

        assertAllIsThere(ALL);
        assertThat(result.pushed()).containsExactly(ALL);
        assertThat(result.page()).isEqualTo(URI.create(server.address() + "/" + REPO));
        assertThat(result.commit()).matches("[0-9a-f]{40}");
        assertThat(result.sentBytes()).isEqualTo(LARGE + 1234);
        assertThat(server.repository(REPO).commits()).containsExactly("Upload with vlm4j");
        assertThat(server.requests("storage", "PUT")).hasSize(10 + 1); // ten parts, and a picture
        assertThat(events.getFirst()).isInstanceOf(PushEvent.Planned.class);
        assertAllWasTold();
        assertThat(server.requests("storage", "PUT"))
                .filteredOn(request -> request.path().startsWith("/basic"))
                .extracting(request -> request.header("X-Amz-Wanted"))
                .containsExactly("yes"); // what the hub says that this storage wants
        assertThat(server.requests())
                .filteredOn(request -> request.path().startsWith("/complete"))
                .extracting(HubServer.Request::authorization)
                .containsExactly("");
    }

    @Test
    void whatIsThereIsNotSentAgain() throws IOException {
        push();
        int before = server.requests("storage", "PUT").size();
        PushResult same = push();
        Files.writeString(folder.resolve("README.md"), "# Another\n");
        Files.copy(folder.resolve("adapter.gguf"), folder.resolve("copy.gguf"));
        PushResult changed = push();

        assertThat(same.pushed()).isEmpty();
        assertThat(same.unchanged()).containsExactly(ALL);
        assertThat(same.commit()).matches("[0-9a-f]{40}");
        assertThat(changed.pushed()).containsExactly("README.md", "copy.gguf");
        assertThat(changed.sentBytes()).isZero();
        assertThat(server.requests("storage", "PUT")).hasSize(before);
        assertThat(server.repository(REPO).commits()).hasSize(2);
    }

    @Test
    void repositoryAndBranchAreMadeAsAsked() {
        PushOptions options = PushOptions.defaults()
                .withHidesRepo(true)
                .withRevision("feature/two")
                .withMessage("Try \"this\" ü");
        try (HubClient hub = HubClient.open(options())) {
            hub.prepare(REPO, options);
            PushResult result = hub.push(folder, List.of(Path.of("README.md")), REPO, options, PushListener.NONE);

            assertThat(result.pushed()).containsExactly("README.md");
            assertThat(result.page()).hasToString(server.address() + "/" + REPO + "/tree/feature%2Ftwo");
        }
        assertThat(server.repository(REPO).visibility()).isEqualTo("private");
        assertThat(server.repository(REPO).branches()).containsExactly("main", "feature/two");
        assertThat(server.repository(REPO).commits()).containsExactly("Try \"this\" ü");
    }

    @Test
    void whatTheRepositoryIgnoresIsLeftOut() throws IOException {
        Files.writeString(folder.resolve("x.ignored"), "x");

        assertThat(push().ignored()).containsExactly("x.ignored");
        assertAllIsThere(ALL);
    }

    @ParameterizedTest
    @CsvSource({
        "POST /api/repos/create, 500",
        "POST .*/preupload/main, 429",
        "POST .*/batch, 503",
        "PUT /part/.*/[37], 500",
        "PUT /basic/.*, 502",
        "POST /complete/.*, 504",
        "POST /verify, 500",
        "POST .*/commit/main, 429",
        "POST .*/commit/main, 500",
        "POST .*/commit/main, 412"
    })
    void failuresThatPassAreTriedAgain(String request, int status) throws IOException {
        server.fail(request, 2, status, "Retry-After", "0");
        push();

        assertAllIsThere(ALL);
        assertThat(server.repository(REPO).commits()).hasSize(1);
        assertAllWasTold();
    }

    @ParameterizedTest
    @CsvSource({"POST .*/preupload/main", "PUT /part/.*/4", "PUT /basic/.*", "POST .*/commit/main"})
    void aConnectionThatIsCutIsMadeAgain(String request) throws IOException {
        server.fail(request, 2, HubServer::cut);
        push();

        assertAllIsThere(ALL);
        assertThat(server.repository(REPO).commits()).hasSize(1);
        assertAllWasTold();
    }

    /// The answer is lost, not the commit.
    @Test
    void aCommitThatWasMadeIsNotMadeTwice() throws IOException {
        HubServer.Failure afterwards = exchange -> {
            server.repository(REPO).commits().add("made");
            for (String file : ALL) {
                server.repository(REPO).files().put(file, Files.readAllBytes(folder.resolve(file)));
            }
            return HubServer.cut(exchange);
        };
        server.fail("POST .*/commit/main", 1, afterwards);
        PushResult result = push();

        assertThat(server.repository(REPO).commits()).containsExactly("made");
        assertThat(result.pushed()).containsExactly(ALL);
        assertThat(result.unchanged()).isEmpty();
    }

    @Test
    void aWrongEtagMeansThatThePartsAreSentAnew() throws IOException {
        server.fail("PUT /part/.*/2", 1, exchange -> {
            exchange.getResponseHeaders().add("ETag", "\"wrong\"");
            return true;
        });
        push();

        assertAllIsThere(ALL);
        assertThat(server.requests("storage", "PUT")).hasSize(2 * 10 + 1);
    }

    @Test
    void newAddressesAreAskedForWhenTheOldOnesExpire() throws IOException {
        server.fail("PUT /part/.*/6", 1, 403).fail("PUT /basic/.*", 1, 403);
        push();

        assertAllIsThere(ALL);
        assertAllWasTold();
    }

    @Test
    void newAddressesForTheSameUploadGoOnWithIt() throws IOException {
        server.sameUpload(true).fail("PUT /part/.*/6", 1, 403);
        push(options().withConnections(1));

        assertAllIsThere(ALL);
        assertAllWasTold();
        assertThat(server.requests("storage", "PUT")).hasSize(10 + 1 + 1);
    }

    @Test
    void aStorageThatGoesOnRefusingIsAFailure() {
        server.fail("PUT /basic/.*", 99, 403);
        Hub failure = failure(options());

        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure).hasMessage("cannot send loss.png: 127.0.0.1 says 403, \"injected\"");
        assertThat(server.requests("storage", "PUT").stream()
                        .filter(put -> put.path().startsWith("/basic")))
                .hasSize(3);
    }

    /// Interrupted while its fourth part is on its way.
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void anInterruptedPushGoesOnWhereItWas(boolean sameUpload) throws IOException {
        server.sameUpload(sameUpload);
        Thread pushing = Thread.currentThread();
        CountDownLatch over = new CountDownLatch(1);
        server.fail("PUT /part/.*/4", 1, exchange -> {
            exchange.getRequestBody().readNBytes(1000);
            pushing.interrupt();
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        HubOptions one = options().withConnections(1);

        assertThatThrownBy(() -> push(one)).isInstanceOf(Vlm4jException.Cancelled.class);
        assertThat(Thread.interrupted()).isTrue();
        over.countDown();
        Path memory = folder.resolve(".vlm4j-push");
        assertThat(memory).isDirectoryContaining(file -> true);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(memory)))
                .isEqualTo("rwx------");
        List<PushEvent> before = List.copyOf(events);
        events.clear();
        PushResult result = push(one);

        assertThat(before).contains(new PushEvent.Sending(30_000, LARGE + 1234));
        assertAllIsThere(ALL);
        Map<String, Long> parts = server.requests("storage", "PUT").stream()
                .map(HubServer.Request::path)
                .filter(path -> path.startsWith("/part"))
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .collect(Collectors.groupingBy(part -> part, Collectors.counting()));
        assertThat(parts).hasSize(10).containsEntry("4", 2L);
        parts.remove("4");
        assertThat(parts.values()).containsOnly(1L);
        assertThat(result.sentBytes()).isEqualTo(LARGE + 1234 - 30_000);
        assertAllWasTold();
    }

    @Test
    void whatIsRememberedOfAnUploadThatIsGoneIsForgotten() throws IOException {
        server.fail("PUT /part/.*/4", 99, 403);
        assertThat(failure(options().withConnections(1)).reason()).isEqualTo(Reason.REFUSED);
        HubServer other = HubServer.start();
        try (other;
                HubClient hub = HubClient.open(options().withEndpoint(other.address()))) {
            hub.push(folder, REPO);
            assertThat(other.repository(REPO).files()).hasSize(4);
        }
    }

    @Test
    void aDamagedMemoryIsNoHarm() throws IOException {
        Thread pushing = Thread.currentThread();
        server.fail("PUT /part/.*/4", 1, exchange -> {
            pushing.interrupt();
            return HubServer.cut(exchange);
        });
        assertThatThrownBy(() -> push(options().withConnections(1))).isInstanceOf(Vlm4jException.Cancelled.class);
        assertThat(Thread.interrupted()).isTrue();
        Path memory;
        try (var files = Files.list(folder.resolve(".vlm4j-push"))) {
            memory = files.findAny().orElseThrow();
        }
        String text = Files.readString(memory);
        Files.writeString(
                memory, text.replaceAll("127.0.0.1:\\d+", "example.com").replaceAll("(?s)}\n$", ""));
        push();

        assertAllIsThere(ALL);
    }

    @Test
    void nothingThatMovesIsGivenUp() throws IOException {
        CountDownLatch over = new CountDownLatch(1);
        server.fail("PUT /part/.*/4", 1, exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        push(options().withPatience(Duration.ofMillis(300)));
        over.countDown();

        assertAllIsThere(ALL);
        assertThat(events)
                .anyMatch(event -> event instanceof PushEvent.Retrying retrying
                        && retrying.reason().contains("nothing moved"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            POST /api/repos/create     | 401 | UNAUTHORIZED | cannot create me/my-lora: 401, "injected". The token is unknown
            POST /api/repos/create     | 403 | FORBIDDEN    | cannot create me/my-lora: 403, "injected". The token lacks the right to write there
            POST .*/preupload/main     | 404 | NOT_FOUND    | There is no such repository or branch
            POST .*/preupload/main     | 403 | FORBIDDEN    | The token lacks the right
            POST .*/batch              | 402 | QUOTA        | no room left
            PUT /basic/.*              | 507 | QUOTA        | no room left
            POST .*/commit/main        | 401 | UNAUTHORIZED | unknown to the hub, or has expired
            POST .*/commit/main        | 413 | TOO_LARGE    | of this size
            POST .*/commit/main        | 400 | REFUSED      | cannot commit to me/my-lora: 400, "injected"
            POST .*/commit/main        | 500 | UNAVAILABLE  | try again later
            POST .*/preupload/main     | 429 | RATE_LIMITED | try again later
            POST .*/preupload/main     | 302 | REFUSED      | cannot ask me/my-lora how to send the files: 302
            """)
    void refusalsSayWhatIsMissing(String request, int status, Reason reason, String message) {
        server.fail(request, 99, status);
        Hub failure = failure(options());

        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure).hasMessageContaining(message);
    }

    @Test
    void aServerThatAsksForMorePatienceThanThereIsIsNotWaitedFor() {
        server.fail("POST .*/preupload/main", 99, 429, "Retry-After", "3600");

        assertThat(failure(options()).reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(server.requests("hub", "POST")).hasSize(2);
    }

    @Test
    void aTokenForOneRepositoryNeedNotMakeOthers() throws IOException {
        push();
        Files.writeString(folder.resolve("README.md"), "# Another\n");
        server.fail("POST /api/repos/create", 99, 403);

        assertThat(push().pushed()).containsExactly("README.md");
    }

    @Test
    void aHubThatIsNotThereIsSaidToBe() {
        URI nowhere = server.address();
        server.close();
        Hub failure = failure(options().withEndpoint(nowhere).withRetries(1, Duration.ofMillis(1)));

        assertThat(failure.reason()).isEqualTo(Reason.UNAVAILABLE);
        assertThat(failure).hasMessageStartingWith("cannot create me/my-lora: no answer from 127.0.0.1");
        assertThat(events).hasSize(2).last().isInstanceOf(PushEvent.Retrying.class);
    }

    @Test
    void withoutATokenNothingIsAsked() {
        HubOptions none = HubOptions.of(Map.of("HF_ENDPOINT", server.address().toString()), folder);

        assertThat(failure(none).reason()).isEqualTo(Reason.UNAUTHORIZED);
        assertThat(failure(none)).hasMessageContaining("there is no token. Set HF_TOKEN");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void theTokenGoesNowhereElse() {
        server.fail("POST .*/preupload/main", 1, 307, "Location", server.storageAddress() + "/steal");
        Hub failure = failure(options());

        assertThat(failure.reason()).isEqualTo(Reason.MALFORMED);
        assertThat(failure).hasMessageContaining("a redirect to another server, " + server.storageAddress() + "/steal");
        assertThat(server.requests("storage", "POST")).isEmpty();
    }

    @Test
    void redirectsWithinTheHubAndWithinStoragesAreFollowed() throws IOException {
        server.fail("POST /api/repos/create", 1, 308, "Location", "/api/repos/create")
                .fail("PUT /part/.*/3", 1, exchange -> {
                    exchange.getResponseHeaders()
                            .add(
                                    "Location",
                                    server.storageAddress()
                                            + exchange.getRequestURI().toString());
                    exchange.getRequestBody().readAllBytes();
                    exchange.sendResponseHeaders(307, -1);
                    return false;
                });
        push();

        assertAllIsThere(ALL);
        assertThat(server.requests("hub", "POST"))
                .filteredOn(request -> request.path().equals("/api/repos/create"))
                .extracting(HubServer.Request::authorization)
                .containsExactly("Bearer " + HubServer.TOKEN, "Bearer " + HubServer.TOKEN);
    }

    @ParameterizedTest
    @CsvSource({"http://example.com/x?signature=secret, http://example.com/x", "file:///etc/passwd, file", "'', is no"})
    void filesGoNowhereUnsafe(String address, String said) {
        server.fail("POST .*/batch", 1, exchange -> {
            String oid = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?s).*?\"oid\":\"([0-9a-f]+)\".*", "$1");
            byte[] answer = ("{\"objects\":[{\"oid\":\"" + oid + "\",\"actions\":{\"upload\":{\"href\":\"" + address
                            + "\"}}}]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            return false;
        });
        Hub failure = failure(options());

        assertThat(failure.reason()).isEqualTo(Reason.MALFORMED);
        assertThat(failure).hasMessageContaining(said);
        assertThat(failure.getMessage()).doesNotContain("secret");
    }

    @Test
    void nobodyIsToldTheToken() {
        server.fail("POST .*/preupload/main", 99, 400, "X-Error-Message", "who is " + HubServer.TOKEN + "?");
        HubOptions options = options();
        Hub failure = failure(options);

        assertThat(failure).hasMessageContaining("who is (hidden)?");
        assertThat(options.toString() + events).doesNotContain(HubServer.TOKEN);
        assertThatThrownBy(() -> HubToken.of("hf_one two"))
                .hasMessage("the token has spaces or other characters that are in no token, or is too long");
    }

    @Test
    void answersThatMakeNoSenseAreSaidTo() {
        server.fail("POST .*/preupload/main", 1, 200);

        assertThat(failure(options())).hasMessageContaining("the answer is without README.md");
    }

    @Test
    void aFileThatChangesMeanwhileIsNoCommit() {
        server.fail("PUT /part/.*/5", 1, exchange -> {
            Files.write(folder.resolve("adapter.gguf"), bytes(LARGE - 1, 3));
            return true;
        });
        Hub failure = failure(options());

        assertThat(failure.reason()).isEqualTo(Reason.FILE_CHANGED);
        assertThat(failure).hasMessageContaining("adapter.gguf changed while it was being pushed");
        assertThat(server.repository(REPO).commits()).isEmpty();
    }

    @Test
    void aListenerThatThrowsEndsThePush() {
        try (HubClient hub = HubClient.open(options())) {
            PushListener strict = event -> {
                if (event instanceof PushEvent.Sending) {
                    throw new IllegalStateException("enough");
                }
            };
            assertThatThrownBy(() -> hub.push(folder, REPO, PushOptions.defaults(), strict))
                    .hasMessage("enough");
        }
    }

    @Test
    void namesAreCheckedBeforeAnythingIsAsked() {
        try (HubClient hub = HubClient.open(options())) {
            for (String name : List.of(
                    "x",
                    "a/b/c",
                    "a/-b",
                    "a/b.",
                    "a/b--c",
                    "a/b..c",
                    "a/b.git",
                    "a/ü",
                    "/b",
                    "a/",
                    "a/" + "b".repeat(97))) {
                assertThatThrownBy(() -> hub.push(folder, name))
                        .as(name)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("repository '" + name + "' must ");
            }
            hub.prepare("A_1/b.C-d_", PushOptions.defaults());
        }
        assertThat(server.requests()).hasSize(1);
        HubClient closed = HubClient.open(options());
        closed.close();
        assertThatThrownBy(() -> closed.push(folder, REPO)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void settingsComeFromWhereOthersLook() throws IOException {
        Path home = folder.resolve("home");
        Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(home.resolve(".cache/huggingface/token"), "hf_file\n");
        Files.writeString(home.resolve("other"), "hf_other");

        assertThat(HubOptions.of(Map.of(), home).endpoint()).isEqualTo(URI.create("https://huggingface.co"));
        assertThat(token(Map.of(), home)).contains("hf_file");
        assertThat(token(Map.of("HF_TOKEN", " hf_variable "), home)).contains("hf_variable");
        assertThat(token(Map.of("HF_TOKEN_PATH", home.resolve("other").toString()), home))
                .contains("hf_other");
        assertThat(token(Map.of("HF_HOME", home.toString()), home)).isEmpty();
        for (String endpoint : Arrays.asList("http://example.com", "ftp://x", "https://me:secret@hub", "https://h?x")) {
            assertThatThrownBy(() -> HubOptions.of(Map.of("HF_ENDPOINT", endpoint), home))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("endpoint must be ")
                    .hasMessageNotContaining("secret");
        }
        assertThatThrownBy(() -> options().withConnections(0)).hasMessage("connections must be from 1 to 32: 0");
        assertThatThrownBy(() -> PushOptions.defaults().withRevision("a..b"))
                .hasMessage("revision is not the name of a branch: 'a..b'");
        assertThatThrownBy(() -> PushOptions.defaults().withMessage("a\nb")).hasMessageContaining("one line");
    }

    private static Optional<String> token(Map<String, String> environment, Path home) {
        return HubOptions.of(environment, home).token().map(HubToken::secret);
    }
}
