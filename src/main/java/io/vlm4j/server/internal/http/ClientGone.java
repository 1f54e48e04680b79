package io.vlm4j.server.internal.http;

/// The client closed its connection, or did not take what was written to it for too long.
public final class ClientGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClientGone(String message) {
        super(message, null, false, false); // nobody looks for where it happened
    }
}
