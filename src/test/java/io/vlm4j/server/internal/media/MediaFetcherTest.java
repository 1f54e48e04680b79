package io.vlm4j.server.internal.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import io.vlm4j.server.MediaAccess;
import io.vlm4j.server.internal.json.Fault;
import io.vlm4j.testkit.TestModels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Nothing is fetched but what may be, whatever names and redirects say.
class MediaFetcherTest {
    private final AtomicInteger asked = new AtomicInteger();
    private HttpServer site;
    private byte[] picture;

    @BeforeEach
    void open() throws IOException {
        picture = Files.readAllBytes(TestModels.sample("06-red_apple.png"));
        site = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        answer("/apple.png", 200, "Content-Type", "image/png", picture);
        answer("/page.html", 200, "Content-Type", "text/html", "<html>".getBytes());
        answer("/liar.png", 200, "Content-Type", "image/png", "no picture".getBytes());
        answer("/large.png", 200, "Content-Type", "image/png", new byte[200_000]);
        answer("/gone.png", 404, "Content-Type", "image/png", new byte[0]);
        answer("/moved.png", 302, "Location", "/apple.png", new byte[0]);
        answer("/loop.png", 302, "Location", "/loop.png", new byte[0]);
        answer("/inside.png", 302, "Location", "http://inside.example:" + port() + "/apple.png", new byte[0]);
        answer("/file.png", 302, "Location", "file:///etc/passwd", new byte[0]);
        site.start();
    }

    private void answer(String path, int status, String header, String value, byte[] body) {
        site.createContext(path, exchange -> {
            asked.incrementAndGet();
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    @AfterEach
    void close() {
        site.stop(0);
    }

    private int port() {
        return site.getAddress().getPort();
    }

    private String at(String path) {
        return "http://pictures.example:" + port() + path;
    }

    /// All names are this machine.
    private static List<InetAddress> here(String host) {
        return List.of(InetAddress.getLoopbackAddress());
    }

    private static MediaAccess allowed() {
        return new MediaAccess(true, List.of(), true, Optional.empty(), 100_000, Duration.ofSeconds(20), 3);
    }

    private static Fault refusal(MediaFetcher fetcher, String url) {
        try {
            fetcher.fetch(url, "messages[0].image");
        } catch (Fault e) {
            assertThat(e.status()).isEqualTo(400);
            assertThat(e.parameter()).contains("messages[0].image");
            return e;
        }
        throw new AssertionError(url + " was fetched");
    }

    @Test
    void whatMayBeFetchedIsFetched() {
        MediaFetcher fetcher = new MediaFetcher(allowed(), MediaFetcherTest::here);

        assertThat(fetcher.fetch(at("/apple.png"), "p")).isEqualTo(picture);
        assertThat(fetcher.fetch(at("/moved.png"), "p")).isEqualTo(picture);
    }

    @Test
    void lettersThatAreNotAsciiMayStandInPaths() {
        answer("/\u00e4pfel/\u82f9\u679c.png", 200, "Content-Type", "image/png", picture);
        MediaFetcher fetcher = new MediaFetcher(allowed(), MediaFetcherTest::here);

        assertThat(fetcher.fetch(at("/\u00e4pfel/\u82f9\u679c.png"), "p")).isEqualTo(picture);
    }

    @Test
    void namesThatAreNotResolvedHoldNobodyUp() throws InterruptedException {
        MediaAccess hasty =
                new MediaAccess(true, List.of(), true, Optional.empty(), 100_000, Duration.ofMillis(200), 3);
        CountDownLatch answered = new CountDownLatch(1);
        MediaFetcher fetcher = new MediaFetcher(hasty, host -> {
            try {
                answered.await();
            } catch (InterruptedException e) {
                throw new UnknownHostException(host);
            }
            return here(host);
        });

        assertThat(refusal(fetcher, at("/apple.png"))).hasMessageContaining("cannot be fetched");
        answered.countDown();
    }

    @Test
    void whatIsNoPictureIsNotTaken() {
        MediaFetcher fetcher = new MediaFetcher(allowed(), MediaFetcherTest::here);

        assertThat(refusal(fetcher, at("/page.html"))).hasMessageContaining("text/html");
        assertThat(refusal(fetcher, at("/liar.png"))).hasMessageContaining("no picture");
        assertThat(refusal(fetcher, at("/large.png"))).hasMessageContaining("more than 100000 bytes");
        assertThat(refusal(fetcher, at("/gone.png"))).hasMessageContaining("404");
        assertThat(refusal(fetcher, at("/loop.png"))).hasMessageContaining("more than 3 times");
        assertThat(refusal(fetcher, at("/file.png"))).hasMessageContaining("leads to file");
    }

    @Test
    void namesOfPrivateAddressesAreRefusedAndNotAsked() {
        MediaAccess anyPort = new MediaAccess(
                true, List.of("pictures.example"), false, Optional.empty(), 100_000, Duration.ofSeconds(20), 3);
        MediaFetcher fetcher = new MediaFetcher(anyPort, MediaFetcherTest::here);

        assertThat(refusal(fetcher, at("/apple.png"))).hasMessageContaining("not a public address");
        assertThat(asked).hasValue(0);
    }

    @Test
    void oneOfSeveralAddressesThatIsPrivateIsEnough() {
        MediaFetcher fetcher = new MediaFetcher(
                MediaAccess.none().withHttp(),
                host -> List.of(InetAddress.getByName("1.1.1.1"), InetAddress.getByName("10.0.0.1")));

        assertThat(refusal(fetcher, "http://both.example/x.png")).hasMessageContaining("not a public address");
    }

    @Test
    void redirectsAreCheckedAsAddressesAre() {
        MediaAccess listed = new MediaAccess(
                true, List.of("pictures.example"), true, Optional.empty(), 100_000, Duration.ofSeconds(20), 3);
        List<String> resolved = new ArrayList<>();
        MediaFetcher fetcher = new MediaFetcher(listed, host -> {
            resolved.add(host);
            return here(host);
        });

        assertThat(refusal(fetcher, at("/inside.png"))).hasMessageContaining("inside.example are not fetched");
        assertThat(resolved).containsExactly("pictures.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1/x.png",
                "http://localhost/x.png",
                "http://[::1]/x.png",
                "http://[::ffff:169.254.169.254]/latest/meta-data",
                "http://169.254.169.254/latest/meta-data",
                "http://2130706433/",
                "http://0x7f.1/",
                "http://0177.0.0.1/",
                "http://127.1/",
                "http://127.0.1/",
                "http://017700000001/",
                "http://0x7f000001/",
                "http://0/",
                "http://localhost./x.png",
                "http://LOCALHOST/x.png",
                "http://127.0.0.1./x.png",
                "http://[0:0:0:0:0:0:0:1]/",
                "http://[::]/",
                "http://[::127.0.0.1]/",
                "http://[::ffff:7f00:1]/",
                "http://[0:0:0:0:0:ffff:127.0.0.1]/",
                "http://[64:ff9b::a9fe:a9fe]/",
                "http://[64:ff9b::169.254.169.254]/",
                "http://[2002:7f00:1::]/",
                "http://[fe80::1]/",
                "http://[fe80::1%25lo]/",
                "http://[fd00:ec2::254]/latest/meta-data",
                "http://168.63.129.16/metadata",
                "http://100.100.100.200/latest/meta-data",
                "http://192.168.0.1%2f@1.1.1.1/",
                "http://1.1.1.1@127.0.0.1/",
                "http://1.1.1.1%23@127.0.0.1/",
                "http://127.0.0.1#@1.1.1.1/",
                "http://127.0.0.1?@1.1.1.1/",
                "http://127.0.0.1\\@1.1.1.1/",
                "http://127.0.0.1%00.example/",
                "http://\u2460\u2461\u2466.0.0.1/",
                "http://127\u30020.0.1/",
                "http://1.1.1.1:0/",
                "http://1.1.1.1:99999/",
                "http://1.1.1.1:8080/",
                "http:127.0.0.1/x.png",
                "http:\\\\127.0.0.1\\x.png",
                "http://a\r\nHost: b/",
                "HTTP://127.0.0.1/x.png",
                "dict://1.1.1.1/",
                "ldap://1.1.1.1/",
                "//127.0.0.1/x.png",
                "netdoc:///etc/passwd",
                "blob:http://1.1.1.1/x",
                "http://user@1.1.1.1/",
                "http:///x.png",
                "http://1.1.1.1:22/",
                "ftp://1.1.1.1/x.png",
                "gopher://1.1.1.1/",
                "jar:http://1.1.1.1!/x",
                "/etc/passwd",
                "http://bad host/",
            })
    void addressesThatLeadInsideAreRefused(String url) {
        refusal(new MediaFetcher(MediaAccess.none().withHttp(), Resolver.SYSTEM), url);
    }

    @Test
    void nothingIsFetchedUnlessItIsAllowed() {
        MediaFetcher fetcher = new MediaFetcher(MediaAccess.none(), MediaFetcherTest::here);

        refusal(fetcher, at("/apple.png"));
        refusal(fetcher, "file:///etc/hostname");
        assertThat(asked).hasValue(0);
    }

    @Test
    void filesAreReadInTheirFolderOnly(@TempDir Path folder) throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.write(open.resolve("a b.png"), picture);
        Files.write(folder.resolve("secret.png"), picture);
        Files.createSymbolicLink(open.resolve("link.png"), folder.resolve("secret.png"));
        Files.createSymbolicLink(open.resolve("linked"), folder);
        Files.writeString(open.resolve("text.png"), "no picture");
        MediaFetcher fetcher = new MediaFetcher(MediaAccess.none().withFolder(open), Resolver.SYSTEM);

        assertThat(fetcher.fetch("file://a%20b.png", "p")).isEqualTo(picture);
        assertThat(fetcher.fetch("file://" + open.toRealPath().resolve("a%20b.png"), "p"))
                .isEqualTo(picture);
        for (String outside : List.of(
                "file://../secret.png",
                "file://%2e%2e/secret.png",
                "file://" + folder.resolve("secret.png"),
                "file://link.png",
                "file://text.png",
                "file://",
                "file://nothing.png",
                "file://%zz.png",
                "file:../secret.png",
                "file:%2e%2e%2fsecret.png",
                "file:////etc/passwd",
                "file://localhost/etc/passwd",
                "file://..\\secret.png",
                "file://%252e%252e/secret.png",
                "file://a%20b.png%00.png",
                "file://a%20b.png/../../secret.png",
                "file://linked/secret.png",
                "FILE:///etc/passwd",
                "file:///etc/passwd")) {
            assertThatExceptionOfType(Fault.class).as(outside).isThrownBy(() -> fetcher.fetch(outside, "p"));
        }
    }
}
