package io.vlm4j.server.internal.http;

/// What becomes of a request, by its head alone.
public sealed interface Admission {
    /// @param route   what it is in figures and logs
    /// @param maxBody most bytes that are read of its body
    record Admitted(String route, long maxBody, Action action) implements Admission {}

    record Refused(String route, Answer answer) implements Admission {}

    /// Answers a request; runs on a virtual thread of its own and may block.
    @FunctionalInterface
    interface Action {
        void run(Exchange exchange) throws Exception;
    }
}
