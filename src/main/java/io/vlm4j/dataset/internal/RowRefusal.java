package io.vlm4j.dataset.internal;

import org.jspecify.annotations.Nullable;

/// Why a row is no example: one line, without file and row.
final class RowRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    RowRefusal(String reason) {
        this(reason, null);
    }

    RowRefusal(String reason, @Nullable Throwable cause) {
        super(reason.lines().findFirst().orElse(""), cause, false, false);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
