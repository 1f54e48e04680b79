package io.vlm4j.server;

import io.vlm4j.server.internal.ServerImpl;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;

/// Answers HTTP requests in the shapes of OpenAI and Anthropic with a model.
///
/// {@snippet class="io.vlm4j.snippets.ServerSnippets" region="serve"}
///
/// Needs the optional dependency `io.netty:netty-codec-http`; with `io.micrometer:micrometer-registry-prometheus`
/// there is `/metrics` as well.
///
/// - **Owner**: whoever started it. Scheduler, template and what else is served are borrowed.
/// - **Threads**: thread-safe.
/// - **Close**: cuts off everything at once, and returns when no request is being answered any more; later calls do
/// nothing. See [#shutDown] for doing it gently.
public sealed interface Server extends AutoCloseable permits ServerImpl {
    /// Listens from now on.
    ///
    /// @throws UncheckedIOException when the address cannot be listened at
    /// @throws IllegalArgumentException when the certificate cannot be used
    static Server start(ServedModel model, ServerOptions options) {
        return ServerImpl.start(model, options);
    }

    /// Where it is reached from this machine.
    URI address();

    int port();

    /// Connections that are open.
    int connections();

    /// Requests that are being answered.
    int requests();

    /// Takes no more requests, lets those that are being answered end, and closes. What has not ended in time is
    /// cancelled: its client gets what there is of the answer, as one that was cut for its length.
    ///
    /// @return whether all ended by themselves
    boolean shutDown(Duration time) throws InterruptedException;

    /// Waits until it is closed.
    void awaitClosed() throws InterruptedException;

    @Override
    void close();
}
