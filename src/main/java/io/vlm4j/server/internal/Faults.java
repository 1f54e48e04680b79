package io.vlm4j.server.internal;

import io.vlm4j.Vlm4jException;
import io.vlm4j.prompt.internal.TranscriptFault;
import io.vlm4j.server.internal.json.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is told of whatever was thrown.
public final class Faults {
    private static final Logger LOG = LoggerFactory.getLogger("io.vlm4j.server");

    private Faults() {}

    /// @param id of the request, for the log
    public static Fault of(Throwable thrown, String id) {
        return switch (thrown) {
            case Fault fault -> fault;
            case TranscriptFault fault -> Fault.of(fault.path(), fault.sentence(), fault);
            case Vlm4jException known -> of(known, id);
            case IllegalArgumentException refused ->
                Fault.of(400, "invalid_value", String.valueOf(refused.getMessage()), refused);
            default -> internal(thrown, id);
        };
    }

    private static Fault of(Vlm4jException known, String id) {
        String message = String.valueOf(known.getMessage());
        return switch (known) {
            case Vlm4jException.InvalidMedia e -> Fault.of(400, "invalid_media", message, e);
            case Vlm4jException.InvalidTemplate e -> Fault.of(400, "invalid_conversation", message, e);
            case Vlm4jException.InvalidGrammar e -> Fault.of(400, "invalid_schema", message, e);
            case Vlm4jException.ContextFull e -> Fault.of(400, "context_length_exceeded", message, e);
            case Vlm4jException.Overloaded e -> Fault.busy(message, 1, e);
            case Vlm4jException.DeadlineExceeded e -> Fault.busy(message, 1, e);
            case Vlm4jException.Cancelled e -> Fault.busy("the server is going away", 5, e);
            case Vlm4jException.InvalidAnswer e -> internal(e, id);
            case Vlm4jException.Inference e -> internal(e, id);
            case Vlm4jException.NativeAbort e -> internal(e, id);
            case Vlm4jException.WorkerDied e -> internal(e, id);
            case Vlm4jException.NativeLoad e -> internal(e, id);
            case Vlm4jException.InvalidFile e -> internal(e, id);
            case Vlm4jException.ModelLoad e -> internal(e, id);
            case Vlm4jException.Hub e -> internal(e, id);
        };
    }

    /// What went wrong inside is for the log: paths and states are no client's business.
    private static Fault internal(Throwable thrown, String id) {
        LOG.error("request {} failed", id, thrown);
        return Fault.of(500, "internal_error", "the server failed; its log says why, under request " + id, thrown);
    }
}
