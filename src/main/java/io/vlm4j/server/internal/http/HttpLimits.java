package io.vlm4j.server.internal.http;

import java.time.Duration;

/// What connections may cost.
///
/// @param connections   most at a time
/// @param bufferedBytes most bytes of bodies in memory, of all connections together
/// @param idle          how long a connection may wait for its next request
/// @param head          how long a request's head may take from its first byte on
/// @param body          how long its body may take
/// @param stall         how long a client may not take what is written to it
public record HttpLimits(
        int connections, long bufferedBytes, Duration idle, Duration head, Duration body, Duration stall) {
    static final int LONGEST_LINE = 8 << 10;
    static final int LONGEST_HEAD = 32 << 10;
}
