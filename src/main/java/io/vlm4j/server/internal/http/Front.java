package io.vlm4j.server.internal.http;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What connections ask; thread-safe. The methods do not block: they run where all connections are served.
public interface Front {
    Admission admit(Head head);

    /// What is said of a request that cannot be answered.
    ///
    /// @param head `null` when even that could not be read
    Answer fault(@Nullable Head head, int status, String message);

    /// What is said when an action threw.
    Answer failure(Head head, Throwable failure);

    /// Headers of every response to this request.
    Map<String, String> headers(Head head, String id);

    /// The name by which the request is found in the log.
    String id(@Nullable Head head);

    /// A request was answered, or given up.
    void done(Done done);

    /// @param status 0 when there was none
    /// @param gone   whether the client did not wait for the end
    record Done(
            String id,
            String route,
            String method,
            String path,
            String client,
            int status,
            Duration time,
            boolean gone) {}
}
