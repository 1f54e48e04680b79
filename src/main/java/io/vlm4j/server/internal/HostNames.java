package io.vlm4j.server.internal;

import io.vlm4j.server.ServerOptions;
import io.vlm4j.server.internal.http.Head;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The names by which a server that only its own machine reaches may be called. A page on the web can give its own name
/// the address 127.0.0.1 and would then be, to a browser, the same site as the server; but its name gives it away.
final class HostNames {
    private final Optional<Set<String>> allowed; // empty: every name

    private HostNames(Optional<Set<String>> allowed) {
        this.allowed = allowed;
    }

    static HostNames of(ServerOptions options) {
        if (!isLoopback(options.host())) {
            return new HostNames(
                    options.hosts().isEmpty() ? Optional.empty() : Optional.of(Set.copyOf(options.hosts())));
        }
        Set<String> names = new HashSet<>(options.hosts());
        names.add("localhost");
        names.add("127.0.0.1");
        names.add("[::1]");
        names.add(options.host().toLowerCase(Locale.ROOT));
        return new HostNames(Optional.of(names));
    }

    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    boolean allow(Head head) {
        return allowed.isEmpty()
                || head.header("host")
                        .map(HostNames::name)
                        .filter(allowed.get()::contains)
                        .isPresent();
    }

    /// Without the port.
    private static String name(String host) {
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return name.toLowerCase(Locale.ROOT);
    }

    static String refusal(Head head) {
        return "this server is not to be reached as '" + head.header("host").orElse("")
                + "'; names that it may be reached by are given with --allow-host";
    }
}
