package io.vlm4j.server.internal.media;

import io.vlm4j.media.ImageFormat;
import io.vlm4j.server.MediaAccess;
import io.vlm4j.server.internal.json.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets pictures that requests only name. Whoever names one decides what this machine connects to, so each address is
/// checked after its name was resolved, and connected to as it was checked; redirects are new addresses.
public final class MediaFetcher {
    private static final Logger LOG = LoggerFactory.getLogger("io.vlm4j.server.media");

    private static final int MOST_RESOLVING = 64;

    private final MediaAccess access;
    private final Resolver resolver;
    private final Semaphore resolving = new Semaphore(MOST_RESOLVING);

    public MediaFetcher(MediaAccess access, Resolver resolver) {
        this.access = access;
        this.resolver = resolver;
    }

    /// The bytes of a picture.
    ///
    /// @param url  `http`, `https` or `file`
    /// @param path of it in the request
    /// @throws Fault when it is not allowed, not there, or no picture
    public byte[] fetch(String url, String path) {
        if (url.regionMatches(true, 0, "file:", 0, 5)) {
            return checked(read(url, path), path);
        }
        if (!url.regionMatches(true, 0, "http:", 0, 5) && !url.regionMatches(true, 0, "https:", 0, 6)) {
            throw Fault.of(path, path + " must be a data: URI with base64, or an http, https or file address");
        }
        if (!access.http()) {
            throw Fault.of(path, path + ": this server fetches no pictures; send them as data: URIs");
        }
        return checked(get(url, path), path);
    }

    private byte[] get(String url, String path) {
        long deadline = System.nanoTime() + access.timeout().toNanos();
        URI at = uri(url, path);
        try {
            for (int redirects = 0; redirects <= access.maxRedirects(); redirects++) {
                PlainGet.Response response = PlainGet.get(at, address(at, path, deadline), access.maxBytes(), deadline);
                Optional<String> next = redirect(response);
                if (next.isEmpty()) {
                    return body(response, path);
                }
                at = uri(at.resolve(uri(next.get(), path)).toString(), path);
            }
            throw Fault.of(path, path + " is redirected more than " + access.maxRedirects() + " times");
        } catch (PlainGet.TooLarge e) {
            throw Fault.of(path, path + " has more than " + access.maxBytes() + " bytes", e);
        } catch (IOException e) {
            LOG.debug("cannot fetch {}", at, e);
            throw Fault.of(path, path + " cannot be fetched", e); // what answers at a port is nobody's business
        }
    }

    private URI uri(String text, String path) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw Fault.of(path, path + " is no address: " + e.getReason(), e);
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.isAbsolute() && !scheme.equals("http") && !scheme.equals("https")) {
            throw Fault.of(path, path + " leads to " + scheme + ", not to http or https");
        }
        if (uri.isAbsolute() && (uri.getHost() == null || uri.getRawUserInfo() != null)) {
            throw Fault.of(path, path + " must name a host, and no user");
        }
        return uri;
    }

    private InetAddress address(URI uri, String path, long deadline) throws IOException {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        boolean listed = access.hosts().stream()
                .anyMatch(known -> known.startsWith(".") ? host.endsWith(known) : host.equals(known));
        if (!access.hosts().isEmpty() && !listed) {
            throw Fault.of(path, path + ": pictures of " + host + " are not fetched here");
        }
        boolean usual = uri.getPort() < 0 || uri.getPort() == 80 || uri.getPort() == 443;
        if (!usual && !listed && !access.privateAddresses()) {
            throw Fault.of(path, path + ": pictures are fetched from the ports 80 and 443 only");
        }
        List<InetAddress> addresses =
                resolved(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, deadline);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host);
        }
        for (InetAddress address : addresses) {
            if (!access.privateAddresses() && (!AddressGuard.isPublic(address) || AddressGuard.isOwn(address))) {
                throw Fault.of(path, path + ": " + host + " is not a public address");
            }
        }
        return addresses.getFirst();
    }

    /// The system's resolver blocks as long as it likes, and the processor that a virtual thread runs on with it.
    private List<InetAddress> resolved(String host, long deadline) throws IOException {
        FutureTask<List<InetAddress>> asked = new FutureTask<>(() -> resolver.resolve(host));
        try {
            if (!resolving.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw new IOException("too many names are being resolved");
            }
            Thread.ofPlatform().daemon().name("vlm4j-resolver").start(() -> {
                try {
                    asked.run();
                } finally {
                    resolving.release();
                }
            });
            return asked.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("cannot resolve " + host, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    private static Optional<String> redirect(PlainGet.Response response) {
        return switch (response.status()) {
            case 301, 302, 303, 307, 308 ->
                Optional.ofNullable(response.headers().get("location"));
            default -> Optional.empty();
        };
    }

    private static byte[] body(PlainGet.Response response, String path) {
        if (response.status() != 200) {
            throw Fault.of(path, path + " cannot be fetched: its server says " + response.status());
        }
        String type = response.headers().getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
        if (!type.isEmpty() && !type.startsWith("image/") && !type.startsWith("application/octet-stream")) {
            throw Fault.of(path, path + " is no picture: its server says " + type);
        }
        return response.body();
    }

    private byte[] read(String url, String path) {
        Path folder = access.folder()
                .orElseThrow(() -> Fault.of(path, path + ": this server reads no files; send pictures as data: URIs"));
        String name = url.substring(5).replaceFirst("^//", "");
        try {
            Path root = folder.toRealPath();
            Path file = root.resolve(URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toRealPath(); // links followed
            if (!file.startsWith(root) || !Files.isRegularFile(file)) {
                throw Fault.of(path, path + " cannot be read");
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] bytes = in.readNBytes((int) Math.min(access.maxBytes() + 1, Integer.MAX_VALUE - 8));
                if (bytes.length > access.maxBytes()) {
                    throw Fault.of(path, path + " has more than " + access.maxBytes() + " bytes");
                }
                return bytes;
            }
        } catch (IOException | IllegalArgumentException e) {
            throw Fault.of(path, path + " cannot be read", e); // nor is it told what is there
        }
    }

    private static byte[] checked(byte[] bytes, String path) {
        if (ImageFormat.of(bytes).isEmpty()) {
            throw Fault.of(path, path + " is no picture that can be read");
        }
        return bytes;
    }
}
