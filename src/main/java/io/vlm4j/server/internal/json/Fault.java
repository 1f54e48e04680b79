package io.vlm4j.server.internal.json;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A request that is not answered as it wants, with what its client is told.
public final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable String parameter;
    private final @Nullable String code;
    private final int retryAfter;

    private Fault(
            int status,
            String message,
            @Nullable String parameter,
            @Nullable String code,
            int retryAfter,
            @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.parameter = parameter;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    /// 400, about one value.
    ///
    /// @param parameter its path, such as `messages[1].content`
    public static Fault of(String parameter, String message) {
        return new Fault(400, message, parameter, null, 0, null);
    }

    public static Fault of(String parameter, String message, Throwable cause) {
        return new Fault(400, message, parameter, null, 0, cause);
    }

    public static Fault of(int status, String message) {
        return new Fault(status, message, null, null, 0, null);
    }

    public static Fault of(int status, String code, String message, @Nullable Throwable cause) {
        return new Fault(status, message, null, code, 0, cause);
    }

    /// 503, with how many seconds to wait.
    public static Fault busy(String message, int retryAfter, @Nullable Throwable cause) {
        return new Fault(503, message, null, "overloaded", retryAfter, cause);
    }

    public String text() {
        return String.valueOf(getMessage());
    }

    public int status() {
        return status;
    }

    public Optional<String> parameter() {
        return Optional.ofNullable(parameter);
    }

    public Optional<String> code() {
        return Optional.ofNullable(code);
    }

    /// In seconds; 0: nothing is said.
    public int retryAfter() {
        return retryAfter;
    }
}
