package io.vlm4j.hub.internal;

import io.vlm4j.Vlm4jException.Cancelled;
import io.vlm4j.Vlm4jException.Hub;
import io.vlm4j.Vlm4jException.Hub.Reason;
import io.vlm4j.hub.HubOptions;
import io.vlm4j.hub.HubToken;
import io.vlm4j.hub.PushEvent;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Makes requests: with the token where it belongs, again when they fail for a passing reason, given up when
/// nothing moves any more. Thread-safe.
public final class HubHttp implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final Duration TICK = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 3;
    private static final int MOST_REDIRECTS = 5;
    private static final long LONGEST_ANSWER = 1 << 25;

    /// Those that the JDK sets by itself, and does not let us set.
    private static final Set<String> SET_BY_CLIENT =
            Set.of("host", "content-length", "connection", "expect", "upgrade", "transfer-encoding");

    private static final String AUTHORIZATION = "authorization";

    private final HubOptions options;
    private final Endpoint endpoint;
    private final HttpClient client;
    private final Semaphore connections;
    private volatile boolean closed;

    public HubHttp(HubOptions options) {
        this.options = options;
        this.endpoint = new Endpoint(options.endpoint());
        this.connections = new Semaphore(options.connections());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // a connection for each part
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .build();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    int connections() {
        return options.connections();
    }

    /// How long to wait before a request is made again: twice as long from one time to the next, up to eightfold.
    ///
    /// @param retry from 0
    Duration delay(int retry) {
        return options.retryDelay().multipliedBy(1L << Math.min(retry, DOUBLINGS));
    }

    int retries() {
        return options.retries();
    }

    /// Makes a request, and again when that may help.
    ///
    /// @throws Hub       when there is no answer, or one that is no success
    /// @throws Cancelled when the thread is interrupted
    Answer send(Call call, Progress progress) {
        Answer answer = ask(call, progress);
        if (!answer.isGood()) {
            throw refusal(call, answer);
        }
        return answer;
    }

    /// As [#send], for whoever can do something about a refusal.
    Answer ask(Call call, Progress progress) {
        for (int retry = 0; ; retry++) {
            String failure;
            Duration wait = delay(retry);
            try {
                Answer answer = follow(call, progress);
                boolean again = call.repeatable() ? answer.isPassing() : answer.isBusy();
                wait = answer.retryAfter().orElse(wait);
                if (!again || retry == options.retries() || wait.compareTo(LONGEST_WAIT) > 0) {
                    return answer;
                }
                failure = "status " + answer.status();
            } catch (IOException e) {
                if (!call.repeatable() || retry == options.retries()) {
                    throw new Hub(
                            Reason.UNAVAILABLE,
                            0,
                            "cannot " + call.what() + ": no answer from "
                                    + call.uri().getHost() + " (" + e + ")",
                            e);
                }
                failure = e.toString();
            }
            progress.tell(new PushEvent.Retrying(call.what(), failure, wait));
            Pause.of(wait);
        }
    }

    Hub refusal(Call call, Answer answer) {
        return call.authorized()
                ? refusal(call.what(), answer.status(), answer.text())
                : Refusal.ofStorage(call.what(), call.uri().getHost(), answer.status(), hidden(answer.text()));
    }

    /// @param text what the other side says, which may repeat what we said
    Hub refusal(String what, int status, String text) {
        return Refusal.of(what, status, hidden(text));
    }

    private String hidden(String text) {
        return options.token()
                .map(token -> text.replace(token.secret(), "(hidden)"))
                .orElse(text);
    }

    /// The token stays with the hub; other headers of its kind stay where they were meant for.
    private Answer follow(Call first, Progress progress) throws IOException {
        Call call = first;
        for (int hop = 0; ; hop++) {
            Answer answer = exchange(call, progress);
            Optional<String> location = answer.headers().firstValue("Location");
            if (answer.status() / 100 != 3 || location.isEmpty()) {
                return answer;
            }
            URI next = permitted(call, location.get());
            boolean keepsMethod = answer.status() == 307
                    || answer.status() == 308
                    || call.method().equals("GET");
            if (!keepsMethod || hop == MOST_REDIRECTS) {
                throw answer.malformed(call.what(), "a redirect that cannot be followed: " + answer.status());
            }
            Map<String, String> headers = call.headers();
            if (!Endpoint.isSameOrigin(call.uri(), next)) {
                if (call.authorized()) {
                    throw answer.malformed(
                            call.what(),
                            "a redirect to another server, " + Endpoint.plain(next) + ", which gets neither the token"
                                    + " nor what belongs to the hub");
                }
                headers = new HashMap<>(headers);
                headers.keySet().removeIf(name -> name.equalsIgnoreCase(AUTHORIZATION));
            }
            call = call.to(next, headers);
        }
    }

    private URI permitted(Call call, String address) {
        return permitted(call.what(), address, call.uri());
    }

    /// @throws Hub when nothing must be sent there
    URI permitted(String what, String address, URI from) {
        try {
            return endpoint.permitted(address, from);
        } catch (URISyntaxException e) {
            throw new Hub(
                    Reason.MALFORMED,
                    "cannot " + what + ": the address that the server gives " + e.getReason() + ": " + e.getInput());
        }
    }

    private Answer exchange(Call call, Progress progress) throws IOException {
        if (closed) {
            throw new IllegalStateException("the connection to the hub is closed");
        }
        if (!call.counted()) {
            return exchange(call, new Moved(null), progress);
        }
        try {
            connections.acquire();
        } catch (InterruptedException e) {
            throw Pause.interrupted();
        }
        try {
            return exchange(call, new Moved(progress), progress);
        } finally {
            connections.release();
        }
    }

    private Answer exchange(Call call, Moved moved, Progress progress) throws IOException {
        call.content().requireUnchanged();
        boolean good = false;
        try {
            HttpResponse<byte[]> response = await(
                    client.sendAsync(
                            request(call, moved), BodyHandlers.limiting(BodyHandlers.ofByteArray(), LONGEST_ANSWER)),
                    moved,
                    progress);
            good = response.statusCode() / 100 == 2;
            return new Answer(
                    response.statusCode(), response.headers(), new String(response.body(), StandardCharsets.UTF_8));
        } finally {
            if (!good) {
                moved.withdraw();
            }
        }
    }

    private HttpRequest request(Call call, Moved moved) {
        HttpRequest.Builder request = HttpRequest.newBuilder(call.uri()).header("User-Agent", "vlm4j");
        call.headers().forEach((name, value) -> {
            if (!SET_BY_CLIENT.contains(name.toLowerCase(Locale.ROOT))) {
                try {
                    request.setHeader(name, value);
                } catch (IllegalArgumentException e) {
                    throw new Hub(
                            Reason.MALFORMED, "cannot " + call.what() + ": the server asks for a header that is none");
                }
            }
        });
        if (call.authorized()) {
            if (!endpoint.owns(call.uri())) {
                throw new IllegalStateException("the token is for " + endpoint.base());
            }
            request.setHeader("Authorization", "Bearer " + token(call).secret());
        }
        return request.method(call.method(), publisher(call.content(), moved)).build();
    }

    private HubToken token(Call call) {
        return options.token()
                .orElseThrow(() -> new Hub(
                        Reason.UNAUTHORIZED,
                        "cannot " + call.what() + ": there is no token. Set HF_TOKEN, or log in with Hugging Face's"
                                + " tools; https://huggingface.co/settings/tokens makes one"));
    }

    private static BodyPublisher publisher(Content content, Moved moved) {
        if (content.length() == 0) {
            return BodyPublishers.noBody();
        }
        BodyPublisher stream = BodyPublishers.ofInputStream(() -> {
            try {
                return moved.counting(content.open());
            } catch (IOException e) {
                return unreadable(e);
            }
        });
        return BodyPublishers.fromPublisher(stream, content.length());
    }

    private static InputStream unreadable(IOException reason) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                throw reason;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                throw reason;
            }
        };
    }

    private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> answer, Moved moved, Progress progress)
            throws IOException {
        long last = System.nanoTime();
        long before = 0;
        try {
            while (true) {
                try {
                    return answer.get(TICK.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    progress.tell();
                    long now = moved.bytes();
                    if (now != before) {
                        before = now;
                        last = System.nanoTime();
                    } else if (System.nanoTime() - last > options.patience().toNanos()) {
                        throw new HttpTimeoutException(
                                "nothing moved for " + options.patience().toSeconds() + " s");
                    }
                }
            }
        } catch (InterruptedException e) {
            throw Pause.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            answer.cancel(true); // changes nothing when it is there
        }
    }

    @Override
    public void close() {
        closed = true;
        client.shutdownNow();
        client.close();
    }
}
