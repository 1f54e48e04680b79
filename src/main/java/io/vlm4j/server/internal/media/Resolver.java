package io.vlm4j.server.internal.media;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Turns names into addresses.
@FunctionalInterface
public interface Resolver {
    /// The system's.
    Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    List<InetAddress> resolve(String host) throws UnknownHostException;
}
