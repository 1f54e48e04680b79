package io.vlm4j.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Which pictures a server fetches that are not in the request itself. None, unless it is said here.
///
/// @param http             whether `http` and `https` addresses are fetched
/// @param hosts            the only hosts that are; empty: all. `.example.com` is every host below it
/// @param privateAddresses whether hosts in the server's own networks are (loopback, private, link-local and all others
///     that are not public)
/// @param folder           files in it are read (`file://...`), and no others
/// @param maxBytes         the largest picture
/// @param timeout          for one picture, redirects included
/// @param maxRedirects     each is checked as the first address is
public record MediaAccess(
        boolean http,
        List<String> hosts,
        boolean privateAddresses,
        Optional<Path> folder,
        long maxBytes,
        Duration timeout,
        int maxRedirects) {
    private static final long DEFAULT_BYTES = 20L << 20;
    private static final int MOST_REDIRECTS = 20;

    public MediaAccess {
        hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
        if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("maxBytes must be 1 to " + Integer.MAX_VALUE + ", not " + maxBytes);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("the time for a picture must be above 0, not " + timeout);
        }
        if (maxRedirects < 0 || maxRedirects > MOST_REDIRECTS) {
            throw new IllegalArgumentException("maxRedirects must be 0 to " + MOST_REDIRECTS + ", not " + maxRedirects);
        }
    }

    /// Nothing is fetched.
    public static MediaAccess none() {
        return new MediaAccess(false, List.of(), false, Optional.empty(), DEFAULT_BYTES, Duration.ofSeconds(10), 3);
    }

    /// Pictures at these hosts; all public ones when none is named.
    public MediaAccess withHttp(String... names) {
        return new MediaAccess(true, List.of(names), privateAddresses, folder, maxBytes, timeout, maxRedirects);
    }

    public MediaAccess withPrivateAddresses() {
        return new MediaAccess(http, hosts, true, folder, maxBytes, timeout, maxRedirects);
    }

    /// Pictures in this folder.
    public MediaAccess withFolder(Path value) {
        return new MediaAccess(http, hosts, privateAddresses, Optional.of(value), maxBytes, timeout, maxRedirects);
    }
}
