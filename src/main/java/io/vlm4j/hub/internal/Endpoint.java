package io.vlm4j.hub.internal;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A hub's address, and what may be sent where: only it gets the token, and everything goes over `https`,
/// unless both the hub and the other side are on this machine.
///
/// @param base without a slash at its end
public record Endpoint(URI base) {
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]|::1");

    /// @throws IllegalArgumentException when it cannot be a hub's
    public static Endpoint of(URI address) {
        if (!isHttp(address) || address.getRawQuery() != null || address.getRawFragment() != null) {
            throw new IllegalArgumentException("endpoint must be an address like https://huggingface.co: "
                    + (address.getRawUserInfo() == null ? address : "one without a user's name or password"));
        }
        if (!isHttps(address) && !isLoopback(address)) {
            throw new IllegalArgumentException("endpoint must be https, unless it is on this machine: " + address);
        }
        String text = address.toString();
        return new Endpoint(text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : address);
    }

    /// @param path with a slash at its start, quoted where necessary
    URI at(String path) {
        return URI.create(base + path);
    }

    /// Whether the token may go there.
    boolean owns(URI address) {
        return isSameOrigin(base, address);
    }

    static boolean isSameOrigin(URI one, URI other) {
        return scheme(one).equals(scheme(other)) && host(one).equals(host(other)) && port(one) == port(other);
    }

    /// An address from an answer of the hub or a storage.
    ///
    /// @param from what a relative one is relative to
    /// @throws URISyntaxException when nothing must be sent there; its message has no signature in it
    URI permitted(String text, URI from) throws URISyntaxException {
        URI address;
        if (text.isBlank()) {
            throw new URISyntaxException("(none)", "is no address");
        }
        try {
            address = from.resolve(new URI(text));
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new URISyntaxException("(hidden)", "is no address"); // the text may be signed
        }
        if (!isHttp(address)) {
            throw new URISyntaxException(plain(address), "is no address for HTTP");
        }
        if (!isHttps(address) && !(isLoopback(address) && isLoopback(base))) {
            throw new URISyntaxException(plain(address), "is not https");
        }
        return address;
    }

    /// An address without what may be a secret in it.
    static String plain(URI address) {
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return address.getScheme() + "://" + address.getHost() + port
                + (address.getRawPath() == null ? "" : address.getRawPath());
    }

    /// Text as one part of a path.
    static String quoted(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static boolean isHttp(URI address) {
        return address.getHost() != null
                && address.getRawUserInfo() == null
                && (isHttps(address) || scheme(address).equals("http"));
    }

    private static boolean isHttps(URI address) {
        return scheme(address).equals("https");
    }

    /// By its name alone: what a resolver says may change.
    private static boolean isLoopback(URI address) {
        return LOOPBACK.matcher(host(address)).matches();
    }

    private static String scheme(URI address) {
        return lower(address.getScheme());
    }

    private static String host(URI address) {
        return lower(address.getHost());
    }

    private static int port(URI address) {
        return address.getPort() >= 0 ? address.getPort() : isHttps(address) ? 443 : 80;
    }

    private static String lower(@Nullable String text) {
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }
}
