package io.vlm4j.isolation.internal;

import java.io.IOException;

/// What was read is no frame: somebody else wrote on the worker's standard output.
final class CorruptFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptFrameException(String message) {
        super(message);
    }
}
